# A container image: a repository, and the image pushed into it when its archive has changed.
{ way, ... }:
{
  variable.artifact = {
    type = "string";
    description = "The archive that `nix build .#${way.name}` makes.";
  };

  locals = {
    # What the archive holds names it: the same archive is never pushed twice. A plan may be made before there is one.
    image_tag = "\${fileexists(var.artifact) ? substr(filesha256(var.artifact), 0, 16) : \"unbuilt\"}";
    image = "\${aws_ecr_repository.counter.repository_url}:\${local.image_tag}";
  };

  resource = {
    aws_ecr_repository.counter = {
      name = "lab-\${var.name}";
      image_tag_mutability = "IMMUTABLE";
      image_scanning_configuration.scan_on_push = true;
      force_delete = true;
    };
    # The last ones: those before are charged by the GB.
    aws_ecr_lifecycle_policy.counter = {
      repository = "\${aws_ecr_repository.counter.name}";
      policy = builtins.toJSON {
        rules = [
          {
            rulePriority = 1;
            description = "Keep three images";
            selection = {
              tagStatus = "any";
              countType = "imageCountMoreThan";
              countNumber = 3;
            };
            action.type = "expire";
          }
        ];
      };
    };
    terraform_data.image = {
      triggers_replace = [ "\${local.image}" ];
      # The password goes by a pipe, not by an argument that others can read.
      provisioner.local-exec = {
        interpreter = [
          "bash"
          "-euo"
          "pipefail"
          "-c"
        ];
        command = ''
          # A folder: skopeo reads the file first, and refuses an empty one.
          folder=$(mktemp -d)
          trap 'rm -rf "$folder"' EXIT
          auth=$folder/auth.json
          aws ecr get-login-password --region "$REGION" |
            skopeo login --authfile "$auth" --username AWS --password-stdin "$REGISTRY"
          # The tag names the content: one that is in the registry was pushed by an earlier run.
          skopeo inspect --raw --authfile "$auth" "docker://$IMAGE" >/dev/null 2>&1 ||
            skopeo copy --insecure-policy --retry-times 3 --authfile "$auth" "docker-archive:$ARCHIVE" "docker://$IMAGE"
        '';
        environment = {
          REGION = "\${var.region}";
          REGISTRY = "\${split(\"/\", aws_ecr_repository.counter.repository_url)[0]}";
          IMAGE = "\${local.image}";
          ARCHIVE = "\${var.artifact}";
        };
      };
    };
  };

  lab.image = "\${local.image}";
  lab.accepted."aws_ecr_repository.counter".CKV_AWS_136 =
    "Encrypted with S3's own key. A key of one's own costs $1 a month.";
}
