"""How forms look: by the variables of JupyterLab's themes, light and dark; elsewhere by itself."""

from __future__ import annotations

import html
import re

from nbprovider.credentials import redact
from nbprovider.ui.forms import Tone

CLASS = "nbprovider-form"

_CODE = re.compile(r"`([^`]+)`")

MARKS: dict[Tone, str] = {"good": "✓", "warning": "!", "bad": "✕"}
"""Tone → the sign that stands before its words: colour is never the only one."""

CSS = """<style>
.nbprovider-form { --nbp-text: var(--jp-ui-font-color1, #212121);
  --nbp-faint: var(--jp-ui-font-color1, #424242); --nbp-line: var(--jp-border-color2, #bdbdbd);
  --nbp-good: #1b5e20; --nbp-warning: #7a4100; --nbp-bad: #b3140c; --nbp-link: #0b57b0;
  --nbp-wash: 10%;
  border: 1px solid var(--nbp-line); border-radius: 6px; padding: 10px 14px 12px;
  max-width: 860px; overflow: hidden; background: var(--jp-layout-color1, #fff);
  color: var(--nbp-text); font-family: var(--jp-ui-font-family, sans-serif); }
[data-jp-theme-light="false"] .nbprovider-form { --nbp-good: #8ddb92; --nbp-warning: #ffcc80;
  --nbp-bad: #ffaba3; --nbp-link: #90caf9; --nbp-wash: 16%;
  --jp-widgets-dropdown-arrow: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'\
 viewBox='0 0 18 18'%3E%3Cpath d='M5 7l4 4 4-4' fill='none' stroke='%23ddd'\
 stroke-width='2'/%3E%3C/svg%3E"); }
.nbprovider-form .widget-html, .nbprovider-form .widget-html-content { height: auto;
  line-height: 1.45; font-size: 13px; overflow: visible; color: var(--nbp-text); }
.nbprovider-form .widget-html { margin: 0 2px; }
.nbprovider-form .jupyter-widgets { flex-shrink: 0; max-width: 100%; }
.nbprovider-form .widget-label { color: var(--nbp-text); }
.nbprovider-form input, .nbprovider-form select { color: var(--nbp-text) !important; }
.nbprovider-form input::placeholder { color: var(--nbp-text); opacity: .72; }
.nbprovider-form :is(input, select, button):focus-visible {
  outline: 2px solid var(--nbp-link) !important; outline-offset: 1px; }
.nbprovider-form .widget-button { width: auto; padding: 0 14px; border-radius: 4px;
  overflow: visible; color: var(--nbp-text); background: var(--jp-layout-color2, #eee); }
.nbprovider-form .widget-button:disabled { opacity: .55; }
.nbprovider-form .widget-button.nbp-primary { background: #1259b3; color: #fff; }
.nbprovider-form .widget-button.nbp-danger { color: var(--nbp-bad);
  border: 1px solid currentColor; background: transparent; }
.nbprovider-form .nbp-title { font-size: 16px; font-weight: 600; margin: 2px 0 6px; }
.nbprovider-form .nbp-head { font-weight: 600; margin-top: 6px; }
.nbprovider-form .nbp-faint, .nbprovider-form .nbp-note { color: var(--nbp-faint);
  font-size: 12px; }
.nbprovider-form .nbp-note { padding: 0 0 4px 142px; }
.nbprovider-form .nbp-said { padding: 5px 10px; margin: 3px 0; border-radius: 4px;
  border-left: 3px solid currentColor; white-space: pre-wrap; overflow-wrap: anywhere; }
.nbprovider-form .nbp-good { color: var(--nbp-good);
  background: color-mix(in srgb, currentColor var(--nbp-wash), transparent); }
.nbprovider-form .nbp-warning { color: var(--nbp-warning);
  background: color-mix(in srgb, currentColor var(--nbp-wash), transparent); }
.nbprovider-form .nbp-bad { color: var(--nbp-bad);
  background: color-mix(in srgb, currentColor var(--nbp-wash), transparent); }
.nbprovider-form .nbp-plain { white-space: pre-wrap; overflow-wrap: anywhere; }
.nbprovider-form a { color: var(--nbp-link); text-decoration: underline; }
.nbprovider-form .nbp-spin { display: inline-block; width: 10px; height: 10px; margin-right: 8px;
  border: 2px solid var(--nbp-link); border-right-color: transparent; border-radius: 50%;
  animation: nbp-turn 1s linear infinite; vertical-align: -1px; }
@keyframes nbp-turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { .nbprovider-form .nbp-spin { animation: none; } }
.nbprovider-form .nbp-cells { display: grid; column-gap: 12px; align-items: center; }
.nbprovider-form .nbp-cells > span { overflow-wrap: break-word; white-space: pre-line; }
.nbprovider-form select[size] { padding: 0; }
.nbprovider-form .nbp-top { font-weight: 600; font-size: 12px; color: var(--nbp-faint); }
.nbprovider-form .nbp-row { border-top: 1px solid var(--nbp-line); padding: 3px 0;
  align-items: center; overflow: visible; }
.nbprovider-form .nbp-row .widget-button { padding: 0 9px; height: 26px; line-height: 24px;
  margin: 1px 2px; font-size: 12px; }
.nbprovider-form .nbp-row :is(.widget-checkbox, .widget-label-basic) { height: auto;
  white-space: normal; overflow: visible; overflow-wrap: anywhere; line-height: 1.35; }
.nbprovider-form .nbp-row .widget-label-basic { display: flex; align-items: flex-start; }
.nbprovider-form .nbp-row .widget-label-basic input { flex: none; }
.nbprovider-form .nbp-bar { display: grid; grid-template-columns: 136px minmax(60px, 260px) 1fr;
  gap: 6px 10px; align-items: center; }
.nbprovider-form .nbp-track { height: 10px; border-radius: 5px; overflow: hidden;
  border: 1px solid var(--nbp-line); }
.nbprovider-form .nbp-track > span { display: block; height: 100%; background: currentColor; }
.nbprovider-form .nbp-track.nbp-good, .nbprovider-form .nbp-track.nbp-warning,
.nbprovider-form .nbp-track.nbp-bad { background: transparent; }
.nbprovider-form .nbp-plot { display: block; width: 100%; max-width: 640px; margin: 4px 0; }
.nbprovider-form .nbp-plot .nbp-full { fill: var(--nbp-link); }
.nbprovider-form .nbp-plot .nbp-room { fill: transparent; }
.nbprovider-form .nbp-plot .nbp-base { stroke: var(--nbp-line); }
.nbprovider-form .nbp-plot text { fill: var(--nbp-text); font-size: 10px; text-anchor: middle; }
.nbprovider-form .nbp-inner { padding: 2px 0 4px 14px; border-left: 2px solid var(--nbp-line); }
.nbprovider-form .widget-button.nbp-fold { align-self: flex-start; background: transparent;
  padding: 0 4px;
  text-align: left; border: none; box-shadow: none; }
</style>"""


def marked(text: str) -> str:
    """Return words for HTML, without secrets; what stands in backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escaped(text))


def escaped(text: str) -> str:
    """Return words for HTML, without secrets."""
    return html.escape(redact(text))
