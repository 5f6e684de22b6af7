//! What the client asks → what it is answered.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest,
    CustomResult, ErrorCode, GetPromptRequestParams, GetPromptResponse, Implementation,
    ListPromptsResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

use super::prompts;
use super::roots::Roots;
use super::tools::{self, Asks, Said, Tool};
use crate::answers::pool::Pool;
use crate::answers::{Form, Question, What, wire};

/// What the assistant is told of the tools as a whole.
const INSTRUCTIONS: &str = "distkey judges Amazon Redshift query plans and table design offline, from texts: it has \
no connection to a cluster. Give it what another tool or the user has: the output of EXPLAIN, DDL, rows of \
SVV_TABLE_INFO. A verdict (within, over, undecided) is an interval of predicted latency against a budget; figures \
come from the input. Where a fact is not known the answer says which, with the query that fetches it. The text of a \
result is a summary; the structured content is the whole report.";

/// Methods that have parameters of a form.
const WITH_PARAMETERS: [&str; 5] = [
    "initialize",
    "tools/call",
    "tools/list",
    "prompts/get",
    "prompts/list",
];

pub(super) struct Handler {
    pub pool: Pool,
    pub roots: Arc<Roots>,
    pub anonymize: bool,
}

impl Handler {
    /// The answer of a tool; what is wrong with its arguments, or with what is in them.
    async fn answer(&self, tool: &'static Tool, arguments: Value) -> Result<Said, String> {
        match tool.asks {
            Asks::Itself(answer) => answer(&tools::checked(tool, &arguments)?),
            Asks::Of(what) => {
                let roots = self.roots.clone();
                let read = move || tools::question(tool, &arguments, &roots);
                let question = tokio::task::spawn_blocking(read).await;
                let mut question = question.map_err(|error| error.to_string())??;
                question.anonymize |= self.anonymize;
                self.ask(what, &question).await
            }
        }
    }

    async fn ask(&self, what: What, question: &Question) -> Result<Said, String> {
        let body = serde_json::to_vec(question).map_err(|error| error.to_string())?;
        let asked = self.pool.ask(Form::Tool, what, &body).await;
        let (kind, text) = asked.map_err(|why| why.words().to_owned())?;
        let text = String::from_utf8_lossy(&text);
        let failed = "the answer can't be read";
        if kind == b'R' {
            let refusal: Value = serde_json::from_str(&text).map_err(|_| failed)?;
            return Err(refusal["of_tool"].as_str().unwrap_or(failed).to_owned());
        }
        let (document, text) = wire::of_told(&text).ok_or(failed)?;
        Ok(Said {
            text: text.to_owned(),
            document: serde_json::from_str(document).map_err(|_| failed)?,
        })
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts()
            .build();
        let version = env!("CARGO_PKG_VERSION");
        let mut info = ServerConfig::new(capabilities);
        info.server_info = Implementation::new("distkey", version);
        info.instructions = Some(INSTRUCTIONS.to_owned());
        info
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let with_paths = !self.roots.is_empty();
        let all = tools::ALL.iter().map(|tool| tool.described(with_paths));
        Ok(ListToolsResult::with_all_items(all.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = tools::ALL.iter().find(|tool| tool.name == request.name);
        let Some(tool) = tool else {
            let names: Vec<&str> = tools::ALL.iter().map(|tool| tool.name).collect();
            let why = format!(
                "there is no tool `{}`; there are {}",
                request.name,
                names.join(", ")
            );
            return Err(ErrorData::invalid_params(why, None));
        };
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let said = tokio::select! {
            said = self.answer(tool, arguments) => said,
            // With its question the process ends that works on it.
            () = context.ct.cancelled() => Err("cancelled".to_owned()),
        };
        // What a model got wrong is told to the model, which can say it otherwise.
        let result = match said {
            Ok(said) => {
                let mut result = CallToolResult::success(vec![ContentBlock::text(said.text)]);
                result.structured_content = Some(said.document);
                result
            }
            Err(why) => CallToolResult::error(vec![ContentBlock::text(why)]),
        };
        Ok(result.into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::all()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let prompt = prompts::get(&request.name, &arguments);
        prompt
            .map(Into::into)
            .map_err(|why| ErrorData::invalid_params(why, None))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method;
        // Its parameters made it one that is not known.
        if WITH_PARAMETERS.contains(&method.as_str()) {
            let why = format!("the parameters of `{method}` are not understood");
            return Err(ErrorData::invalid_params(why, None));
        }
        let why = format!("there is no method `{method}`");
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, why, None))
    }
}
