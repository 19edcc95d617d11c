# The counter's pod and what surrounds it, whatever the store and the front: not root, nothing writable, no way to the
# cluster's API.
{
  config,
  model,
  way,
  ...
}:
let
  cfg = config.kubernetes;
  inherit (cfg) namespace;
  inherit (model.service) environment health;
  facts = model.compute.${way.compute};
  labels."app.kubernetes.io/name" = "counter";
  # Distroless' "nonroot", as the image has it (nix/image.nix).
  user = 65532;
  probe = path: failureThreshold: periodSeconds: {
    httpGet = {
      inherit path;
      port = "http";
    };
    inherit periodSeconds failureThreshold;
    # The server gives up on its store after 5 s, and answers a readiness check with 503.
    timeoutSeconds = 6;
  };
in
{
  kubernetes.container = {
    name = "counter";
    image = config.lab.image;
    # Its tag names its content.
    imagePullPolicy = "IfNotPresent";
    env = [
      {
        name = environment.store;
        value = config.lab.store.url;
      }
      {
        name = environment.region;
        value = "\${var.region}";
      }
    ];
    ports = [
      {
        name = "http";
        containerPort = facts.port;
      }
    ];
    # Without the store: one that fails is no reason to restart what may be the count's only place.
    startupProbe = probe health.path 30 1;
    livenessProbe = probe health.path 3 10;
    # The one that reads the store, as often as a balancer would.
    readinessProbe = probe health.ready 2 health.interval_s;
    resources = {
      # The original study's.
      requests = {
        cpu = "250m";
        memory = "64Mi";
      };
      # As nixos/modules/services/counter.nix allows. Of processors all that the node has: it is the counter's, and what
      # the lab predicts and costs of a worker is all of it.
      limits.memory = "256Mi";
    };
    securityContext = {
      allowPrivilegeEscalation = false;
      readOnlyRootFilesystem = true;
      capabilities.drop = [ "ALL" ];
    };
  };

  kubernetes.manifests = {
    namespace.metadata = {
      name = namespace;
      labels = {
        "pod-security.kubernetes.io/enforce" = "restricted";
        "pod-security.kubernetes.io/warn" = "restricted";
      };
    };

    deployment = {
      metadata = {
        name = "counter";
        inherit namespace labels;
      };
      spec = {
        # One worker, one server, as in the original study.
        replicas = 1;
        selector.matchLabels = labels;
        template = {
          metadata = { inherit labels; };
          spec = {
            automountServiceAccountToken = false;
            enableServiceLinks = false;
            # The server drains for 10 s at most.
            terminationGracePeriodSeconds = 20;
            # Of use on a cluster that has both.
            nodeSelector."kubernetes.io/arch" = model.arch.${way.arch}.oci;
            securityContext = {
              runAsNonRoot = true;
              runAsUser = user;
              runAsGroup = user;
              seccompProfile.type = "RuntimeDefault";
            };
            containers = [ cfg.container ];
          };
        };
      };
    };

    disruptionBudget = {
      metadata = {
        name = "counter";
        inherit namespace labels;
      };
      spec = {
        # An eviction would lose a count that no store keeps; else it is a short pause.
        maxUnavailable = if model.store.${way.store}.durable then 1 else 0;
        selector.matchLabels = labels;
      };
    };

    service = {
      metadata = {
        name = "counter";
        inherit namespace labels;
      };
      spec = {
        selector = labels;
        ports = [
          {
            name = "http";
            inherit (cfg) nodePort;
            port = 80;
            targetPort = "http";
          }
        ];
      };
    };
  };
}
