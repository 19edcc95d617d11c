//! The first draft is what a folder's own files state, and an `app.toml` that can be read.

use std::path::Path;

use app::App;
use app::init::Draft;

fn draft(files: &[(&str, &str)]) -> (Draft, String) {
    let folder = tempfile::Builder::new().prefix("my-shop-").tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    let draft = Draft::of(folder.path());
    let text = draft.toml();
    (draft, text)
}

#[test]
fn a_fastapi_folder_needs_no_answer() {
    let (draft, text) = draft(&[
        ("requirements.txt", "fastapi==0.121.0\nuvicorn\n"),
        (
            "shop/main.py",
            "app = FastAPI()\n\n@app.get(\"/healthz\")\ndef health(): ...\n\n@app.get(\"/items/{id}\")\ndef item(id): ...\n",
        ),
    ]);
    let command = ".venv/bin/python -m uvicorn shop.main:app --port $PORT --no-access-log";
    assert_eq!(draft.command.as_deref(), Some(command));
    let app = App::parse(&text, Path::new("app.toml")).expect(&text);
    let server = app.server.as_ref().expect("a server");
    assert!(server.single_threaded && server.health == "/healthz");
    assert!(text.contains("path = \"/items/${counter}\""), "{text}");
}

#[test]
fn an_express_folder_needs_no_answer() {
    let package = r#"{"name": "@me/shop", "scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}"#;
    let (draft, text) = draft(&[("package.json", package), ("server.js", "app.get('/items', (q, r) => r.json([]))")]);
    assert_eq!((draft.command.as_deref(), draft.name.as_deref()), (Some("node server.js"), Some("shop")));
    let app = App::parse(&text, Path::new("app.toml")).expect(&text);
    assert_eq!((app.build.as_deref(), app.requests.len()), (Some("npm install"), 1));
}

#[test]
fn packages_are_installed_by_the_tool_whose_lock_is_there() {
    let package =
        ("package.json", r#"{"name": "shop", "main": "server.js", "scripts": {"build": "tsc"}, "dependencies": {}}"#);
    for (lock, build) in [
        ("package-lock.json", "npm ci && npm run build"),
        ("pnpm-lock.yaml", "pnpm install --frozen-lockfile && npm run build"),
        ("yarn.lock", "yarn install --immutable && npm run build"),
        ("README.md", "npm install && npm run build"),
    ] {
        let (draft, _) = draft(&[package, (lock, "")]);
        assert_eq!(draft.build.as_deref(), Some(build));
    }
}

#[test]
fn a_file_that_cant_be_read_is_named_and_the_others_are_read() {
    // In a flow mapping a path with braces needs quotes.
    let template = "Resources:\n  Put:\n    Events: { Path: /items/{id}, Method: put }\n";
    let (draft, _) =
        draft(&[("template.yaml", template), ("go.mod", "module example.org/shop\n"), ("package.json", "{")]);
    let files: Vec<_> =
        draft.unreadable.iter().map(|(file, reason)| (file.as_str(), reason.contains("line"))).collect();
    assert_eq!(files, [("template.yaml", true), ("package.json", true)], "{:?}", draft.unreadable);
    assert_eq!(draft.read, ["go.mod"]);
}

#[test]
fn a_dockerfile_states_command_environment_and_health() {
    let (draft, text) = draft(&[(
        "Dockerfile",
        "FROM golang AS build\nCMD [\"no\"]\nFROM alpine\nENV TABLE=items \\\n  PORT=80\nENV MODE plain\nHEALTHCHECK CMD curl -f http://localhost:80/ready || exit 1\nENTRYPOINT [\"/srv/app\"]\nCMD [\"--quiet\", \"a b\"]\n",
    )]);
    assert_eq!(draft.command.as_deref(), Some("/srv/app --quiet 'a b'"));
    assert_eq!(draft.health.as_deref(), Some("/ready"));
    let environment: Vec<_> = draft.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(environment, [("MODE", "plain"), ("TABLE", "items")]);
    App::parse(&text, Path::new("app.toml")).expect(&text);
}

#[test]
fn what_a_dockerfiles_shell_starts_is_started_without_it_at_the_chosen_port() {
    for (stated, command) in [
        (
            r#"["sh", "-c", "exec uvicorn main:app --host 0.0.0.0 --port ${PORT:-8000} --no-access-log"]"#,
            ".venv/bin/uvicorn main:app --host 0.0.0.0 --port $PORT --no-access-log",
        ),
        (r#"["uvicorn", "main:app", "--port", "80"]"#, ".venv/bin/uvicorn main:app --port $PORT"),
        ("gunicorn -b 0.0.0.0:8000 main:app", ".venv/bin/gunicorn -b 0.0.0.0:$PORT main:app"),
        ("fastapi run main.py --port=80 --workers=1", ".venv/bin/fastapi run main.py --port=$PORT --workers=1"),
        // More than one program, and another variable, are the shell's.
        (r#"["sh", "-c", "gunicorn -w $N -b :${PORT}"]"#, "sh -c 'gunicorn -w $N -b :$PORT'"),
        (r#"["sh", "-c", "migrate && uvicorn main:app"]"#, "sh -c 'migrate && uvicorn main:app'"),
    ] {
        let dockerfile = format!("FROM python:3.13\nCMD {stated}\n");
        let (draft, text) = draft(&[("requirements.txt", "fastapi\n"), ("Dockerfile", &dockerfile)]);
        assert_eq!(draft.command.as_deref(), Some(command));
        App::parse(&text, Path::new("app.toml")).expect(&text);
    }
}

#[test]
fn a_sam_template_states_function_tables_and_paths() {
    let template = r"
Globals:
  Function:
    Runtime: python3.13
Resources:
  Items:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }, { AttributeName: at, AttributeType: N }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }, { AttributeName: at, KeyType: RANGE }]
  Put:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: put-items
      CodeUri: src/
      Handler: app.handler
      Environment:
        Variables:
          TABLE: !Ref Items
      Events:
        Put: { Type: HttpApi, Properties: { Path: '/items/{id}', Method: PUT } }
";
    let (draft, text) = draft(&[("template.yaml", template)]);
    let app = App::parse(&text, Path::new("app.toml")).expect(&text);
    let function = app.function.as_ref().expect("a function");
    assert_eq!((function.handler.as_str(), function.runtime.name()), ("app.handler", "python3.13"));
    assert_eq!(app.environment["TABLE"], "items");
    assert_eq!(app.tables().next().and_then(|it| it.sort_key.clone()).map(|it| it.name).as_deref(), Some("at"));
    assert_eq!((app.name.as_str(), app.requests[0].method.word()), ("put-items", "PUT"));
    assert_eq!(draft.read, ["template.yaml"]);
}

#[test]
fn an_openapi_description_states_the_requests() {
    let (_, text) = draft(&[
        ("go.mod", "module example.org/shop\n"),
        ("openapi.yaml", "info: { title: Shop }\npaths:\n  /items/{id}:\n    get: {}\n    delete: {}\n"),
    ]);
    let app = App::parse(&text, Path::new("app.toml")).expect(&text);
    assert_eq!(app.requests.len(), 2);
    assert!(text.contains("command = \"./server\"") && text.contains("method = \"DELETE\""), "{text}");
}

#[test]
fn bodies_and_queries_are_what_an_openapi_description_takes() {
    let description = r##"
openapi: 3.1.0
info: { title: Pets }
paths:
  /pets:
    parameters: [{ $ref: "#/components/parameters/Limit" }, { name: page, in: query, schema: { type: integer } }]
    get: {}
    post:
      requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
  /notes:
    put:
      requestBody: { content: { application/json: { example: { text: "it's ${odd}" } } } }
components:
  parameters:
    Limit: { name: limit, in: query, required: true, schema: { type: integer, minimum: 10 } }
  schemas:
    Pet:
      type: object
      required: [name, kind, owner, tags, born]
      properties:
        id: { type: string, readOnly: true }
        name: { type: string, minLength: 6 }
        nickname: { type: string }
        kind: { enum: [cat, dog] }
        owner: { allOf: [{ $ref: "#/components/schemas/Owner" }] }
        tags: { type: array, items: { type: [string, "null"], maxLength: 2 } }
        born: { type: string, format: date }
    Owner: { properties: { since: { type: integer, exclusiveMinimum: 1999 }, pet: { $ref: "#/components/schemas/Pet" } } }
"##;
    let (draft, text) = draft(&[("go.mod", "module example.org/shop\n"), ("openapi.yaml", description)]);
    let requests: Vec<_> = draft.requests.iter().map(|it| (it.method.word(), it.path.as_str())).collect();
    assert_eq!(requests, [("PUT", "/notes"), ("GET", "/pets?limit=10"), ("POST", "/pets?limit=10")]);
    let pet: serde_json::Value =
        serde_json::from_str(draft.requests[2].body.as_deref().expect("a body")).expect("JSON");
    assert_eq!(
        (&pet["name"], &pet["kind"], &pet["tags"]),
        (&"textte".into(), &"cat".into(), &serde_json::json!(["te"]))
    );
    assert_eq!((&pet["owner"]["since"], &pet["born"]), (&2000.into(), &"2026-01-01".into()));
    assert!(pet.get("id").is_none() && pet.get("nickname").is_none(), "{pet}");
    // A schema that contains itself ends.
    assert!(pet["owner"]["pet"]["name"].is_string());
    let app = App::parse(&text, Path::new("app.toml")).expect(&text);
    assert_eq!(app.requests[0].body.as_ref().expect("a body").beginning(), r#"{"text":"it's ${odd}"}"#);
}

#[test]
fn an_empty_folder_gets_a_draft_to_fill_in() {
    let (draft, text) = draft(&[]);
    assert!(draft.name.as_deref().is_some_and(|name| name.starts_with("my-shop-")) && draft.read.is_empty());
    let error = App::parse(&text, Path::new("app.toml")).expect_err("it lacks a command").to_string();
    assert!(error.contains("a command names a program first"), "{error}");
}
