"""The functions of the Python API, as `nbprovider` gives them."""
