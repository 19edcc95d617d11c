# The count in a file on an EBS volume of its own, which outlives pod and node: the node's own disk is deleted with the
# node, and a pod that is not root can't own a folder of it.
{
  config,
  model,
  way,
  ...
}:
let
  inherit (model.service) folder;
in
{
  kubernetes = {
    hasVolume = true;
    container.volumeMounts = [
      {
        name = "count";
        mountPath = folder;
      }
    ];
    manifests = {
      claim = {
        metadata = {
          name = "count";
          inherit (config.kubernetes) namespace;
        };
        spec = {
          # Kubernetes itself keeps a second pod from it. The cluster's default class: kOps' is gp3, encrypted, and
          # deletes the volume with the claim.
          accessModes = [ "ReadWriteOncePod" ];
          resources.requests.storage = "${toString model.compute.${way.compute}.volumes_gib.count}Gi";
        };
      };
      deployment.spec.template.spec = {
        securityContext = {
          # The volume's folder becomes this group's, and it may write.
          fsGroup = 65532;
          fsGroupChangePolicy = "OnRootMismatch";
        };
        volumes = [
          {
            name = "count";
            persistentVolumeClaim.claimName = "count";
          }
        ];
      };
    };
  };
}
