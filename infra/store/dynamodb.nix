# A table with one item, and the right to count it up.
{ lib, model, ... }:
{
  resource.aws_dynamodb_table.counter = {
    name = "lab-\${var.name}";
    # By request: a counter that nobody calls costs nothing.
    billing_mode = "PAY_PER_REQUEST";
    hash_key = "id";
    attribute = [
      {
        name = "id";
        type = "S";
      }
    ];
  };

  lab.accepted."aws_dynamodb_table.counter" = {
    CKV_AWS_119 = "Encrypted with the key that DynamoDB owns. A key of one's own costs $1 a month, and by the call.";
    CKV_AWS_28 = "The count of a lab: nobody restores it, and recovery is charged by the GB.";
  };

  lab.store = {
    url = import ./url.nix { inherit lib model; } "dynamodb" "\${aws_dynamodb_table.counter.name}";
    place = "\${aws_dynamodb_table.counter.name}";
    # A readiness check adds 0: it needs no other right.
    statements = [
      {
        actions = [ "dynamodb:UpdateItem" ];
        resources = [ "\${aws_dynamodb_table.counter.arn}" ];
      }
    ];
  };
}
