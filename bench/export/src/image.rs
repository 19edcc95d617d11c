//! The container image of a function of one's own: on AWS's base image of its runtime, which has the runtime interface client.
//!
//! It must not know how the image gets to AWS.

use app::{Function, Runtime};
use serde_json::json;

/// Where Lambda has a function's files, and where AWS's base images look for an own runtime's executable: `LAMBDA_TASK_ROOT` and
/// `LAMBDA_RUNTIME_DIR` there. <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
const TASK: &str = "/var/task";
const BOOTSTRAP: &str = "/var/runtime/bootstrap";

/// What a package is put into that is not a folder of its own.
const CONTEXT: &str = "package";

/// Its Dockerfile.
pub(crate) fn of_function(function: &Function) -> (&'static str, String) {
    let runtime = if is_own(&function.runtime) { format!("COPY bootstrap {BOOTSTRAP}\n") } else { String::new() };
    let base = base(function.runtime.name());
    let text = format!("FROM {base}\nCOPY . {TASK}\n{runtime}CMD {}\n", json!([function.handler]));
    ("Dockerfile", text)
}

/// The commands that make its archive, in the folder of its Dockerfile.
pub(crate) fn build(function: &Function, name: &str, platform: &str) -> String {
    let package = function.package.display();
    let zipped = function.package.extension().is_some_and(|it| it == "zip");
    let (prepare, context) = match (zipped, is_own(&function.runtime)) {
        (true, _) => (format!("unzip -qo ../{package} -d {CONTEXT}\n"), CONTEXT.to_owned()),
        (false, true) => (format!("mkdir -p {CONTEXT} && cp ../{package} {CONTEXT}/bootstrap\n"), CONTEXT.to_owned()),
        (false, false) => (String::new(), format!("../{package}")),
    };
    format!(
        "{prepare}docker build --platform {platform} --tag {name} --file Dockerfile {context} && docker save {name} --output image.tar\n"
    )
}

fn is_own(runtime: &Runtime) -> bool {
    runtime.name().starts_with("provided")
}

/// AWS's base image of a runtime: `python3.13`, `nodejs22.x` and `provided.al2023` are `python:3.13`, `nodejs:22` and
/// `provided:al2023` there.
fn base(runtime: &str) -> String {
    let version = runtime.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(runtime.len());
    let (family, version) = runtime.split_at(version);
    let version = version.trim_start_matches('.').trim_end_matches(".x");
    format!("public.ecr.aws/lambda/{family}:{version}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use app::App;

    use super::*;

    fn function(package: &str, runtime: &str) -> Function {
        let text = format!(
            "name = \"x\"\n[function]\npackage = \"{package}\"\nhandler = \"a.b\"\nruntime = \"{runtime}\"\n[[request]]\npath = \"/\"\n"
        );
        App::parse(&text, Path::new("app.toml")).expect("it is valid").function.expect("a function")
    }

    #[test]
    fn a_runtimes_base_image_has_its_name_and_an_own_runtime_its_executable_in_the_runtimes_place() {
        for (runtime, from) in [("python3.13", "python:3.13"), ("nodejs22.x", "nodejs:22")] {
            let (_, text) = of_function(&function("dist", runtime));
            assert_eq!(text, format!("FROM public.ecr.aws/lambda/{from}\nCOPY . /var/task\nCMD [\"a.b\"]\n"));
        }
        let (_, text) = of_function(&function("out/it", "provided.al2023"));
        assert!(
            text.contains("lambda/provided:al2023\n") && text.contains("COPY bootstrap /var/runtime/bootstrap\n"),
            "{text}"
        );
    }

    #[test]
    fn what_is_built_is_the_packages_folder_its_zips_content_or_its_executable() {
        let built = |package: &str, runtime: &str| build(&function(package, runtime), "x", "linux/arm64");
        assert!(built("dist", "nodejs22.x").contains("--file Dockerfile ../dist && docker save x"));
        assert!(built("x.zip", "nodejs22.x").starts_with("unzip -qo ../x.zip -d package\n"));
        assert!(built("out/it", "provided.al2023").starts_with("mkdir -p package && cp ../out/it package/bootstrap\n"));
    }
}
