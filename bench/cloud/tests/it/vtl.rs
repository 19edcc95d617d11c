//! Mapping templates: what they become, and what is refused and where. `bench/cloud/velocity` holds the same table against
//! Apache Velocity.

use cloud::vtl::{Rendered, Template, Variables};
use serde::Deserialize;
use serde_json::{Value, json};

/// What templates of the table see.
struct Request;

const BODY: &str = r#"{"name":"Ann \"A\"","count":7,"ratio":1.5,"yes":true,"none":null,"empty":"","list":["a","b","c"],
    "map":{"one":1,"two":{"three":"3"}},"quote":"it's <b>/é"}"#;

impl Variables for Request {
    fn body(&self) -> &str {
        BODY
    }

    fn parameters(&self) -> Value {
        json!({ "path": { "proxy": "a/b" }, "querystring": { "q": "x y" }, "header": { "X-Probe": "seen" } })
    }

    fn context(&self, name: &str) -> Option<String> {
        match name {
            "httpMethod" => Some("GET".to_owned()),
            "resourcePath" => Some("/readyz".to_owned()),
            "identity.sourceIp" => Some("192.0.2.1".to_owned()),
            _ => None,
        }
    }

    fn stage(&self, name: &str) -> Option<String> {
        (name == "table").then(|| "lab-one".to_owned())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    template: String,
    text: String,
    /// Whether it is Velocity's alone: then the peer is held to it, too.
    #[serde(default, rename = "velocity")]
    _velocity: bool,
}

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

fn rendered(template: &str) -> Result<Rendered, String> {
    let template = Template::parse(template).map_err(|error| error.to_string())?;
    template.evaluate(&Request).map_err(|error| error.to_string())
}

#[test]
fn each_template_of_the_table_becomes_its_text() {
    let table: Table = toml::from_str(include_str!("vtl.toml")).expect("the table is one");
    assert!(table.case.len() >= 40);
    for Case { what, template, text, .. } in table.case {
        let made = rendered(&template).unwrap_or_else(|error| panic!("{what}: {error}: {template}"));
        assert_eq!(made, Rendered { text, ..Rendered::default() }, "{what}: {template}");
    }
}

#[test]
fn a_response_may_set_its_status_and_headers() {
    let made = rendered(
        "#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Tea = \"$context.httpMethod\")tea",
    );
    let expected =
        Rendered { text: "tea".to_owned(), status: Some(418), headers: vec![("X-Tea".to_owned(), "GET".to_owned())] };
    assert_eq!(made, Ok(expected));
    for status in ["99", "600", "'many'", "$input.path('$.ratio')"] {
        let error = rendered(&format!("#set($context.responseOverride.status = {status})")).expect_err(status);
        assert!(error.contains("a status is a whole number from 200 to 599"), "{status}: {error}");
    }
}

#[test]
fn what_is_not_in_the_subset_is_refused_with_line_and_column() {
    for (template, place, reason) in [
        ("a\n  $nobody.knows", "line 2, column 3", "`$nobody` is neither set before"),
        ("#macro(x)#end", "line 1, column 1", "`#macro` is not in the subset"),
        ("é #parse('x')", "line 1, column 3", "`#parse` is not in the subset"),
        ("#if(true)\nyes", "line 1, column 1", "`#if` has no `#end`"),
        ("yes\n#end", "line 2, column 1", "no `#if` or `#foreach` before it"),
        ("#if(true)a#{else}b#{else}c#end", "line 1, column 19", "it stands after `#else`"),
        ("#foreach($x in [1])$x#{else}#end", "line 1, column 22", "it stands in a `#foreach`"),
        ("#foreach($x in [1])#end$x", "line 1, column 24", "`$x` is neither set before"),
        ("$input.read('x')", "line 1, column 1", "`$input.read(…)` is not in the subset"),
        ("$input.path('$..a')", "line 1, column 13", "is not a path of the subset"),
        ("$input.path()", "line 1, column 1", "`path` does not take 0 arguments"),
        ("$util.now()", "line 1, column 1", "`$util.now()` is not in the subset"),
        ("$context.authorizer.claims", "line 1, column 1", "`$context.authorizer.claims` is not in the subset"),
        ("$context.responseOverride.status", "line 1, column 1", "is not in the subset"),
        ("$input.body.replaceAll('a', 'b')", "line 1, column 1", "the method `replaceAll` is not in the subset"),
        ("#set($input = 1)", "line 1, column 6", "`#set` sets a variable"),
        ("#set($context.stage = 1)", "line 1, column 6", "`#set` sets a variable"),
        ("#set($a = )", "line 1, column 11", "expected a value"),
        ("#set($a = 'x)", "line 1, column 11", "this text has no closing quote"),
        ("#set($a = ne)", "line 1, column 11", "`ne` is not in the subset"),
        ("cost: \\$input.body", "line 1, column 7", "a backslash"),
        ("${", "line 1, column 1", "`${` begins no reference"),
        ("#* open", "line 1, column 1", "`#*` has no end"),
        ("#[[ open", "line 1, column 1", "`#[[` has no end"),
        ("#set($a = 99999999999999999999)", "line 1, column 11", "not a number that can be had"),
    ] {
        let error = Template::parse(template).expect_err(template).to_string();
        assert!(error.starts_with(place) && error.contains(reason), "{template}: {error}");
    }
    let deep = format!("#set($a = {}1{})", "(".repeat(5_000), ")".repeat(5_000));
    assert!(Template::parse(&deep).expect_err("deep").to_string().contains("levels"));
    assert!(Template::parse(&"#if(true)".repeat(5_000)).expect_err("deep").to_string().contains("levels"));
}

#[test]
fn a_value_that_is_not_what_is_needed_is_an_error_with_line_and_column() {
    for (template, place, reason) in [
        ("$input.path('$.map')", "line 1, column 1", "a list or map is not written as JSON"),
        (
            "#if($input.path('$.empty'))#end",
            "line 1, column 5",
            "Velocity 1 takes it for true and Velocity 2 for false",
        ),
        ("#if(0)#end", "line 1, column 5", "Velocity 1 takes it for true"),
        ("#set($a = $input.path('$.none'))", "line 1, column 11", "Velocity 1 and 2 differ"),
        ("\n#set($a = 1 / 0)", "line 2, column 13", "not a number that can be had"),
        ("#set($a = 'x' + 1)", "line 1, column 15", "only numbers are calculated with"),
        ("#set($a = 9223372036854775807 + 1)", "line 1, column 31", "not a number that can be had"),
        ("#if('a' < 'b')#end", "line 1, column 9", "only numbers are less or greater"),
        ("$input.path('$.count').length()", "line 1, column 1", "it has no method `length`"),
        ("$input.path('$.list').get(9)", "line 1, column 1", "there is no such item"),
        ("#foreach($x in 7)#end", "line 1, column 16", "only lists and maps have items"),
        ("#foreach($x in [1..100001])#end", "line 1, column 16", "more than 100000 items"),
        ("#foreach($x in [1..1000])#foreach($y in [1..1000])#end#end", "line 1, column 41", "items in all"),
        ("$util.parseJson('{')", "line 1, column 1", "not JSON"),
        ("$util.base64Decode('!')", "line 1, column 1", "not base64"),
    ] {
        let template_ = Template::parse(template).unwrap_or_else(|error| panic!("{template}: {error}"));
        let error = template_.evaluate(&Request).expect_err(template).to_string();
        assert!(error.starts_with(place) && error.contains(reason), "{template}: {error}");
    }
}

#[test]
fn a_body_that_is_not_json_is_an_error_where_it_is_looked_into_and_an_empty_one_is_an_empty_object() {
    struct Body(&'static str);
    impl Variables for Body {
        fn body(&self) -> &str {
            self.0
        }
        fn parameters(&self) -> Value {
            json!({})
        }
        fn context(&self, _name: &str) -> Option<String> {
            None
        }
        fn stage(&self, _name: &str) -> Option<String> {
            None
        }
    }
    let of = |template: &str, body| Template::parse(template).expect(template).evaluate(&Body(body));
    assert_eq!(of("$input.body", "no JSON").map(|it| it.text), Ok("no JSON".to_owned()));
    assert!(of("$input.path('$.a')", "no JSON").expect_err("no JSON").reason.starts_with("the body is not JSON"));
    assert_eq!(of("[$input.path('$.a')$input.json('$')]", "").map(|it| it.text), Ok("[{}]".to_owned()));
}

#[test]
fn a_text_has_an_end() {
    let double = "#set($a = \"$a$a\")".repeat(40);
    let error = rendered(&format!("#set($a = 'aaaaaaaa'){double}$a")).expect_err("8 TiB");
    assert!(error.contains("longer than a payload may be"), "{error}");
}
