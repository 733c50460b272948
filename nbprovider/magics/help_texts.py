"""What `%%chat?` and `%provider?` show: here as text, so that loading reads no table for it.

A test holds each line against the tables of options and words.
"""

CHAT = """Ask a model; its answer streams into the cell.

%%chat [MODEL] [OPTIONS]
Your question, as long as you like. {{ expr }} puts in a value of the notebook.

%chat [OPTIONS] a question of one line

Options:
  -m, --model MODEL       the model, in any form that `%provider route` explains
  -p, --provider NAME     the provider or account, with its default model
  -s, --system TEXT       instructions for this chat, from now on
  -t, --temperature N     how freely to choose words, 0 to 2
  --top-p N               choose among words that make up this share, 0 to 1
  --max-tokens N          the longest answer, in tokens
  --stop TEXT             end the answer before this text; may be repeated
  --seed N                the same number asks for the same answer
  --effort LEVEL          how hard to think: none, minimal, low, medium, high, xhigh, max
  --cache SPAN            keep the prompt in the provider's cache: 5m, 1h
  -i, --image FILE        a picture: path, address, variable; repeatable
  -a, --attach FILE       any file, `*` for several; repeatable
  --context WHERE         send earlier cells along: above:3, above, run:3
  --rows N                rows of each table that the question tells
  --schema SHAPE          what the answer must be: a class, list[City], name:str, age:int
  --tools NAMES           functions that the model may use: variables, by commas
  --tool-choice NAME      auto, none, required, or the tool to ask for
  --approve WHEN          whether tools run: always, ask, never
  --max-steps N           calls that the question may take with its tools
  --whole                 have the answer in one piece, not streamed
  -x, --extra A.B=VALUE   a field of the provider's own; may be repeated
  --template NAME         ask by a template; what the line says comes first
  --with NAME=VALUE       a value for {{ NAME }}; may be repeated
  --models A,B,C          models that `%provider next` goes through; A answers now
  --max-cost USD          end the answer when it has cost so much
  --over-budget           pass a budget on purpose; the call is marked
  --dry-run               show what would be asked of whom, and its cost; send nothing
  --show-prompt           show all that would be sent, and its cost; send nothing
  --no-fallback           ask nobody else when the model does not answer
  -c, --chat NAME         the conversation to go on with (default: main)
  --keep                  have this chat go on with the line's options and tools
  --new                   begin this chat anew
  --window SIZE           what of the conversation is sent: auto, all, summary, 6, 8k
  --undo                  take the last question and its answer off; ask this one instead
  --redo                  ask the last question again, in place of its answer
  -o, --out NAME          bind the answer to this variable
  --compare A,B,C         ask all of these at once, side by side; -o binds a DataFrame
  --bg                    answer in the background, while other cells run; needs -o
  -f, --format FORM       the form of the answer: markdown, text, code, json, html, math, image
  --raw                   send all braces as they stand
  --debug                 show every detail of the call, without secrets

The conversation is remembered. An interrupt (the stop button, or I I) stops the model;
what it said until then is kept, and counted. The line below the answer says what it took
and what it cost; `%provider usage` has every call as a DataFrame.

Examples:
  %%chat                          the active model, or the best that is configured
  %%chat claude-sonnet-5-5        by a model's name
  %%chat -p groq -t 0             a provider's default model
  %%chat -c paper --new -o draft  a new chat called paper; the answer as `draft`
  %%chat -f json -o rows          the answer parsed, as `rows`
  %%chat --tools weather,search   functions of the notebook that the model may use
"""

FIX = """Explain the last error; put the corrected cell below. It is never run by itself.

%fix [OPTIONS] [what else to mind]

Sent are the cell that failed, its error and the functions it went through, and what kind
its names are: types, shapes, names of columns, no values. It is shown first, and keys are
taken out. What you say on the line goes along: %fix keep it without a loop

Options of %%chat that it takes:
  --model, --provider, --temperature, --top-p, --max-tokens, --seed, --effort, --extra,
  --max-cost, --over-budget, --dry-run, --show-prompt, --no-fallback, --chat, --out, --debug

Examples:
  %fix                        the last error
  %fix -m gpt-6.1-sol         by another model
  %fix --show-prompt          show what would be sent; send nothing
"""

EXPLAIN = """Explain a cell, an error, a value.

%explain [OPTIONS] [error | N | EXPRESSION] [what else you want to know]
%%explain [OPTIONS] with code below it, which is not run

Without a word it is the last cell, or its error where it failed. N is the cell In[N]. An
expression with spaces goes in double braces: %explain {{ df.groupby("a") }}
What is sent is shown first, and keys are taken out.

Options of %%chat that it takes:
  --model, --provider, --temperature, --top-p, --max-tokens, --seed, --effort, --extra,
  --max-cost, --over-budget, --dry-run, --show-prompt, --no-fallback, --chat, --out, --debug

Examples:
  %explain                    the last cell
  %explain 3 why the loop?    cell In[3], and a question about it
  %explain error              the last error
  %explain model              what a variable holds
"""

PROVIDER = """Choose models, see accounts, routes, usage and cost.

%provider                  what is active, which accounts were found, today's cost
%provider use MODEL [-c CHAT]  make a model the active one, or a chat's
%provider list             every provider, and whether it is configured
%provider catalog [WORDS]  every provider as a DataFrame: what an account needs
%provider guide [NAME]     how to begin with a provider: key, models, trouble
%provider choose           who to take for what matters to you
%provider models [NAME] [WORDS]  the models on offer, asked now
%provider register MODEL   remember a model, also one of no list
%provider unregister MODEL forget a registered model
%provider route [MODEL]    what a model's name means here, and why
%provider chain WORD       list, show, create, edit, delete: who is asked after whom
%provider role [NAME] [MODEL]  the model for a role, or any word
%provider next [-c CHAT]   go on with the next of a chat's --models
%provider chats [WORD]     list, search, open, show, export, delete: what was said
%provider explain PROMPT   how hard a question looks to `auto`, and why
%provider correct TIER     cheap or strong: where the last question belonged
%provider budget [SCOPE] [USD]  what may be spent by day, notebook, chat, call
%provider health [WORD] [NAME]  how accounts do just now; reset, probe
%provider prices [MODEL]   what a model costs, and why; update
%provider usage [OPTIONS]  every call as a DataFrame
%provider cost [BY …] [OPTIONS]  what calls cost, by model, day, notebook, …
%provider test [NAME]      ask an account for one word, and say how it went
%provider auth [NAME]      a form: enter a key or log in, test, save
%provider accounts         a form: all accounts, to test, change, remove, restore
%provider discover [NAME]  a form: find models, search, register, give roles
%provider defaults         a form: the model for each role, chains, budgets
%provider key NAME [kernel]  enter a key, unseen, for all notebooks or this kernel
%provider account WORD     the accounts of the vault: list, add, test, remove, …
%provider vault [rekey]    how keys are kept; seal them anew
%provider migrate [NAME …]  move keys that lie elsewhere into the vault
%provider login NAME [ACCOUNT] [paste]  log in, where no key is to be copied
%provider logout NAME      remove what a login gave
%provider pull MODEL [ACCOUNT]  have Ollama download a model
%provider last             show the last answer again
%provider audit [WORD]     the requests that were sent: a number of them, or verify
%provider scan [NOTEBOOK]  look for keys in a notebook, or in this session and folder
%provider ledger [WORD] [FILE]  the file of all calls; check, repair, backup, vacuum
%provider reconcile FILE   the ledger beside a provider's own export, by day and model
%provider template [WORD]  list, show, save, edit, delete: questions to ask again
%provider replay [WORD] [FILE]  on, only, off: give recorded answers again, without keys or cost
%provider config [NAME [VALUE]]  every setting with its default; set or reset one
%provider doctor           check keys, files, network and versions
%provider embedded WORD    install, status, stop: the model on this machine
%provider help [WORD]      this text, or more about one word
"""
