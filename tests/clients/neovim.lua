-- distkey's language server in Neovim 0.7 or newer, without a window; DISTKEY names the program.
local function fail(why)
  io.stderr:write(why .. "\n")
  vim.cmd("cquit 1")
end

local function check(is, why)
  if not is then
    fail(why)
  end
end

local client = vim.lsp.start_client({
  name = "distkey",
  cmd = { vim.env.DISTKEY, "lsp" },
  root_dir = vim.fn.getcwd(),
  workspace_folders = { { uri = vim.uri_from_fname(vim.fn.getcwd()), name = "shop" } },
})
check(client, "it does not start")
vim.bo.filetype = "sql"
vim.lsp.buf_attach_client(0, client)

local function until_found(code)
  return vim.wait(15000, function()
    for _, found in ipairs(vim.diagnostic.get(0)) do
      if found.code == code or (found.user_data and found.user_data.lsp and found.user_data.lsp.code == code) then
        return true
      end
    end
    return false
  end, 20)
end

local function request(method, line, character)
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(0) },
    position = { line = line, character = character },
  }
  local answers, why = vim.lsp.buf_request_sync(0, method, params, 15000)
  check(answers and answers[client] and not answers[client].error, method .. ": " .. vim.inspect(answers or why))
  return answers[client].result
end

-- A finding, after it is typed.
vim.api.nvim_buf_set_lines(0, 0, 0, false, { "CREATE TABLE broken (a INT,;" })
check(until_found("syntax-error"), "no syntax error: " .. vim.inspect(vim.diagnostic.get(0)))
vim.api.nvim_buf_set_lines(0, 0, 1, false, { "SELECT name FROM customers;" })

-- Another file's table.
local hover = request("textDocument/hover", 0, 20)
check(hover and hover.contents.value:find("**customers**", 1, true), "hover: " .. vim.inspect(hover))
local place = request("textDocument/definition", 0, 20)
check(place and place.uri:find("01_customers.sql", 1, true), "definition: " .. vim.inspect(place))

vim.api.nvim_buf_set_lines(0, 0, 1, false, { "ALTER TABLE customers ALTER DISTKEY " })
local offered = request("textDocument/completion", 0, 36)
check(offered and offered[1] and offered[1].label == "id", "completion: " .. vim.inspect(offered))

vim.lsp.stop_client(client)
check(vim.wait(10000, function()
  return vim.lsp.client_is_stopped(client)
end, 20), "it does not stop")
io.stdout:write("all is well\n")
vim.cmd("qall!")
