-- What neovim.sh has Neovim do. Speaks to 0.7, which knows neither `vim.lsp.start` nor asking for diagnostics, and to those
-- after it, which do both. HALLPASS: the server; REPORT: what `check --report json` says of the tree; FILE: the file to open.

local PATIENCE_MS = 20000

local function fail(what, wanted, got)
  io.stderr:write(("\n%s\n  expected: %s\n  got:      %s\n"):format(what, vim.inspect(wanted), vim.inspect(got)))
  vim.cmd("cquit 1")
end

local function equal(what, wanted, got)
  if not vim.deep_equal(wanted, got) then fail(what, wanted, got) end
end

--- Waits until `probe` answers something, which is then the answer.
local function await(what, probe, got)
  local answer
  vim.wait(PATIENCE_MS, function()
    answer = probe()
    return answer
  end, 20)
  if not answer then fail("waited for nothing", what, got and got() or nil) end
  return answer
end

-- The last diagnostics that the server sent unasked, by address: a closed file has to be sent an empty list.
local pushed = {}
local show = vim.lsp.handlers["textDocument/publishDiagnostics"]
vim.lsp.handlers["textDocument/publishDiagnostics"] = function(err, result, ...)
  if result then pushed[result.uri] = result.diagnostics end
  return show(err, result, ...)
end

vim.cmd("edit " .. vim.fn.fnameescape(os.getenv("FILE")))
local buffer = vim.api.nvim_get_current_buf()
local config = {
  name = "hallpass",
  cmd = { os.getenv("HALLPASS"), "lsp" },
  root_dir = vim.fn.getcwd(),
  init_options = { owner = "team-shop" },
}
local id
if vim.lsp.start then
  id = vim.lsp.start(config, { bufnr = buffer })
else
  id = vim.lsp.start_client(config)
  vim.lsp.buf_attach_client(buffer, id)
end
local client = await("a client that is ready", function()
  local client = vim.lsp.get_client_by_id(id)
  return client and client.initialized and client
end)

-- The server offers diagnostics to ask for only to a client that asks.
local asks = client.server_capabilities.diagnosticProvider ~= nil
print(("Neovim %s %s diagnostics, places in %s"):format(tostring(vim.fn.execute("version"):match("NVIM (v%S+)")), asks and "asks for" or "is sent", client.offset_encoding))

--- A place of a diagnostic inside of the buffer: just after an edit it may be about a longer text, and what ends a file
--- with a line end ends, for the server, on a line that Neovim does not have.
local function within(line, column)
  local last = vim.api.nvim_buf_line_count(buffer) - 1
  if line > last then line, column = last, math.huge end
  return line, math.min(column, #vim.api.nvim_buf_get_lines(buffer, line, line + 1, true)[1])
end

--- What Neovim underlines: bytes of the file and the text there, in order.
local function shown()
  local list = {}
  for _, one in ipairs(vim.diagnostic.get(buffer)) do
    local line, column = within(one.lnum, one.col)
    local end_line, end_column = within(one.end_lnum, one.end_col)
    table.insert(list, {
      rule = one.code or vim.tbl_get(one, "user_data", "lsp", "code"),
      first = vim.api.nvim_buf_get_offset(buffer, line) + column,
      last = vim.api.nvim_buf_get_offset(buffer, end_line) + end_column,
      text = table.concat(vim.api.nvim_buf_get_text(buffer, line, column, end_line, end_column, {}), "\n"),
      message = one.message,
      at = { line + 1, column },
    })
  end
  table.sort(list, function(a, b) return a.first < b.first end)
  return list
end

--- The same of the report.
local function reported()
  local text = table.concat(vim.fn.readfile(os.getenv("FILE"), "b"), "\n")
  local report = vim.fn.json_decode(table.concat(vim.fn.readfile(os.getenv("REPORT")), "\n"))
  local list = {}
  for _, finding in ipairs(report.findings) do
    local place = finding.place
    equal("a finding of the report is about another file", os.getenv("FILE"), place.path)
    table.insert(list, { rule = finding.rule, first = place.start, last = place["end"], text = text:sub(place.start + 1, place["end"]) })
  end
  table.sort(list, function(a, b) return a.first < b.first end)
  return list
end

local function bare(list)
  return vim.tbl_map(function(one) return { rule = one.rule, first = one.first, last = one.last, text = one.text } end, list)
end

local wanted = reported()
await("as many findings as check has", function() return #shown() >= #wanted end, shown)
equal("Neovim underlines other bytes than check names", wanted, bare(shown()))
for _, one in ipairs(shown()) do
  print(("%s: bytes %d to %d, `%s`"):format(one.rule, one.first, one.last, one.text))
end

local function ask(method, params)
  local replies = vim.lsp.buf_request_sync(buffer, method, params, PATIENCE_MS)
  local reply = replies and replies[id]
  if not reply or reply.err or not reply.result then fail(method, "an answer", replies) end
  return reply.result
end

--- Does what somebody does with the cursor on the finding of `rule`: takes the first action whose title has `words`.
local function take(rule, words)
  local finding
  for _, one in ipairs(shown()) do
    if one.rule == rule then finding = one end
  end
  if not finding then fail("the finding to act on", rule, shown()) end
  vim.api.nvim_win_set_cursor(0, finding.at)
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.context = { diagnostics = {} }
  local actions = ask("textDocument/codeAction", params)
  for _, action in ipairs(actions) do
    if action.title:find(words, 1, true) then
      if not action.edit then action = ask("codeAction/resolve", action) end
      if not action.edit then fail("the action `" .. words .. "`", "an edit", action) end
      vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
      await(rule .. " gone after " .. action.title, function()
        return not vim.tbl_contains(vim.tbl_map(function(one) return one.rule end, shown()), rule)
      end, shown)
      print("made: " .. action.title)
      return
    end
  end
  fail("an action for " .. rule, words, vim.tbl_map(function(action) return action.title end, actions))
end

-- While the file cannot be read where they stand, what was said of it stays, moves with the text, and says that it is old.
vim.cmd([[execute "normal! ggOnews: [\<Esc>"]])
local marked = await("the old findings, marked as old", function()
  local old = vim.tbl_filter(function(one) return one.message:find("before the last edits", 1, true) end, shown())
  return #old == #wanted and old
end, shown)
local moved = vim.tbl_map(function(one)
  return { rule = one.rule, first = one.first + #"news: [\n", last = one.last + #"news: [\n", text = one.text }
end, wanted)
equal("what is marked as old is not where the text went", moved, bare(marked))
vim.cmd("undo")
await("the findings, no longer marked", function()
  return vim.deep_equal(wanted, bare(shown())) and not vim.tbl_contains(vim.tbl_map(function(one)
    return one.message:find("before the last edits", 1, true) ~= nil
  end, shown()), true)
end, shown)

take("secret/persisted-credential", "set persist-credentials to false")
take("third-party/unpinned-with-credential", "waive third-party/unpinned-with-credential")
equal("something is found after the fix and the waiver", {}, shown())
vim.cmd("write")

-- A close is worth something only where there was something to clear.
vim.cmd([[execute "normal! Go      - uses: acme/other@v1\<CR>with: { token: ${{ secrets.OTHER }} }\<Esc>"]])
await("a finding to be cleared", function() return #shown() > 0 end, shown)
local address = vim.uri_from_bufnr(buffer)
vim.cmd("bdelete!")
await("no diagnostics after the close", function() return #vim.diagnostic.get(buffer) == 0 end)
if pushed[address] then
  await("an empty list from the server after the close", function() return #pushed[address] == 0 end, function() return pushed[address] end)
end
vim.cmd("qall!")
