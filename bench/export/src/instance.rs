//! A server on an instance: Amazon Linux 2023, whose first start fetches the service's archive and runs it by systemd. The
//! counter's own machine image, and what imports it, are taken out.

use app::{App, Server};
use serde_json::{Value, json};
use ways::{Arch, Axis};

use crate::ExportError;
use crate::block::{insert, object, remove};
use crate::compute::health_check;
use crate::environment::{Environment, literal};
use crate::store::bucket;

/// AWS's public parameter with the id of its newest image.
/// <https://docs.aws.amazon.com/linux/al2023/ug/ec2.html>
pub(crate) fn image_parameter(arch: Arch) -> String {
    format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{}", arch.word())
}

/// Puts it there.
pub(crate) fn put(
    app: &App,
    (server, port): (&Server, u16),
    environment: &Environment,
    with_bucket: &Value,
    configuration: &mut Value,
) -> Result<(), ExportError> {
    without_machine_image(configuration);
    let prefix = json!({ "bucket_prefix": "${var.name}-artifact-" });
    bucket(configuration, with_bucket, "artifact", &prefix, &json!(true))?;
    let key = "${fileexists(var.artifact) ? filesha256(var.artifact) : \"unbuilt\"}.tar.gz";
    let archive = json!({ "bucket": "${aws_s3_bucket.artifact.id}", "key": key, "source": "${var.artifact}" });
    insert(configuration, "resource", "aws_s3_object", "artifact", archive);
    let statements = configuration["data"]["aws_iam_policy_document"]["instance"]["statement"].as_array_mut();
    let reads = json!({ "actions": ["s3:GetObject"], "resources": ["${aws_s3_bucket.artifact.arn}/*"] });
    statements.ok_or_else(|| ExportError::Unknown("policy of the instance".to_owned()))?.push(reads);
    let user_data = user_data(app, (server, &port.to_string()), environment);
    let instance = object(configuration, "/resource/aws_instance/counter")?;
    instance.insert("ami".to_owned(), json!("${var.image}"));
    instance.insert("user_data".to_owned(), json!(user_data));
    configuration["variable"]["image"] = json!({
        "type": "string",
        "description": "The AMI of Amazon Linux 2023, of the instance's architecture.",
        "validation": {
            "condition": "${can(regex(\"^ami-[0-9a-f]+$\", var.image))}",
            "error_message": "image is the id of an AMI.",
        },
    });
    configuration["variable"]["packages"] = json!({
        "type": "list(string)",
        "default": [],
        "description": "Packages of Amazon Linux that the service needs, such as nodejs20.",
    });
    health_check(server, configuration);
    Ok(())
}

fn without_machine_image(configuration: &mut Value) {
    for section in ["resource", "data"] {
        for kind in crate::block::kinds(configuration, section) {
            kind.retain(|name, _| !["disk", "disk_bucket", "import", "import_trust"].contains(&name.as_str()));
        }
    }
    remove(configuration, "resource", "aws_ami", "counter");
}

/// A script of the first start. Terraform resolves its references.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html>
fn user_data(app: &App, (server, port): (&Server, &str), environment: &Environment) -> String {
    let mut variables = environment.variables();
    variables.insert("AWS_REGION".to_owned(), "${var.region}".to_owned());
    variables.insert(server.port.clone(), port.to_owned());
    // systemd.exec(5), EnvironmentFile=: within double quotes, a backslash stands before these.
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`");
    let lines: String = variables.iter().map(|(name, value)| format!("{name}=\"{}\"\n", escaped(value))).collect();
    let program = server.command.program();
    let program = if program.contains('/') {
        format!("/srv/app/{}", program.trim_start_matches("./"))
    } else {
        format!("/usr/bin/env {}", word(program))
    };
    let arguments: String = server
        .command
        .arguments()
        .iter()
        .map(|argument| format!(" {}", word(&argument.replace(&format!("${}", server.port), port))))
        .collect();
    let name = &app.name;
    format!(
        "#!/bin/bash\nset -euo pipefail\n\
         %{{ if length(var.packages) > 0 }}dnf install -y ${{join(\" \", var.packages)}}\n%{{ endif }}\
         useradd --system --home-dir /srv/app app\nmkdir -p /srv/app\n\
         aws s3 cp --region ${{var.region}} 's3://${{aws_s3_bucket.artifact.bucket}}/${{aws_s3_object.artifact.key}}' /srv/app.tar.gz\n\
         tar -xzf /srv/app.tar.gz -C /srv/app\nchown -R app: /srv/app\n\
         cat >/etc/app.env <<'END'\n{lines}END\nchmod 600 /etc/app.env\n\
         cat >/etc/systemd/system/app.service <<'END'\n\
         [Unit]\nDescription={name}\nWants=network-online.target\nAfter=network-online.target\n\n\
         [Service]\nUser=app\nWorkingDirectory=/srv/app\nEnvironmentFile=/etc/app.env\n\
         ExecStart={program}{arguments}\nRestart=always\nAmbientCapabilities=CAP_NET_BIND_SERVICE\nNoNewPrivileges=yes\n\n\
         [Install]\nWantedBy=multi-user.target\nEND\n\
         systemctl enable --now app.service\n"
    )
}

/// A word of systemd's, which reads `%` and `$` (systemd.service(5), "Command lines").
fn word(text: &str) -> String {
    let text = literal(text).replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$").replace('%', "%%");
    if text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@".contains(c)) && !text.is_empty() {
        text
    } else {
        format!("\"{text}\"")
    }
}
