# The objects of Kubernetes that we write: only the fields that we use. A field is added here first, and a test holds
# what comes out against Kubernetes' own schemas.
{ lib, shapes }:
let
  inherit (lib.types)
    attrsOf
    bool
    enum
    ints
    listOf
    nullOr
    str
    strMatching
    ;
  inherit (shapes) record optional always;

  port = ints.between 1 65535;
  quantity = strMatching "[0-9]+(m|Mi|Gi)?";
  labels = attrsOf str;
  metadata = record {
    name = str;
    namespace = optional str;
    labels = optional labels;
    annotations = optional (attrsOf str);
  };
  selector = record { matchLabels = labels; };

  object =
    apiVersion: kind: fields:
    nullOr (
      record (
        {
          apiVersion = always apiVersion;
          kind = always kind;
          inherit metadata;
        }
        // fields
      )
    );

  probe = record {
    httpGet = record {
      path = str;
      port = str;
    };
    periodSeconds = ints.positive;
    timeoutSeconds = ints.positive;
    failureThreshold = ints.positive;
  };

  container = record {
    name = str;
    image = str;
    imagePullPolicy = enum [ "IfNotPresent" ];
    env = listOf (record {
      name = str;
      value = str;
    });
    ports = listOf (record {
      name = str;
      containerPort = port;
    });
    startupProbe = probe;
    livenessProbe = probe;
    readinessProbe = probe;
    lifecycle = optional (record {
      preStop = record { sleep = record { seconds = ints.positive; }; };
    });
    resources = record {
      requests = record {
        cpu = quantity;
        memory = quantity;
      };
      limits = record { memory = quantity; };
    };
    securityContext = record {
      allowPrivilegeEscalation = bool;
      readOnlyRootFilesystem = bool;
      capabilities = record { drop = listOf (enum [ "ALL" ]); };
    };
    volumeMounts = optional (
      listOf (record {
        name = str;
        mountPath = str;
      })
    );
  };

  pod = record {
    automountServiceAccountToken = bool;
    enableServiceLinks = bool;
    terminationGracePeriodSeconds = ints.positive;
    nodeSelector = labels;
    securityContext = record {
      runAsNonRoot = bool;
      runAsUser = ints.positive;
      runAsGroup = ints.positive;
      fsGroup = optional ints.positive;
      fsGroupChangePolicy = optional (enum [ "OnRootMismatch" ]);
      seccompProfile = record { type = enum [ "RuntimeDefault" ]; };
    };
    containers = listOf container;
    volumes = optional (
      listOf (record {
        name = str;
        persistentVolumeClaim = record { claimName = str; };
      })
    );
  };
in
{
  inherit container;

  objects = {
    namespace = object "v1" "Namespace" { };

    volume = object "v1" "PersistentVolume" {
      spec = record {
        accessModes = listOf (enum [ "ReadWriteOncePod" ]);
        capacity = record { storage = quantity; };
        csi = record {
          driver = str;
          fsType = enum [ "ext4" ];
          volumeHandle = str;
        };
        persistentVolumeReclaimPolicy = enum [ "Retain" ];
        # No class: it is for the one claim that names it.
        storageClassName = enum [ "" ];
      };
    };

    claim = object "v1" "PersistentVolumeClaim" {
      spec = record {
        accessModes = listOf (enum [ "ReadWriteOncePod" ]);
        resources = record { requests = record { storage = quantity; }; };
        # Of a volume that is there; else the cluster's default class makes one.
        storageClassName = optional (enum [ "" ]);
        volumeName = optional str;
      };
    };

    deployment = object "apps/v1" "Deployment" {
      spec = record {
        replicas = ints.positive;
        inherit selector;
        strategy = record {
          type = enum [
            "Recreate"
            "RollingUpdate"
          ];
          rollingUpdate = optional (record {
            maxSurge = ints.unsigned;
            maxUnavailable = ints.unsigned;
          });
        };
        template = record {
          metadata = record { inherit labels; };
          spec = pod;
        };
      };
    };

    disruptionBudget = object "policy/v1" "PodDisruptionBudget" {
      spec = record {
        maxUnavailable = ints.unsigned;
        inherit selector;
      };
    };

    service = object "v1" "Service" {
      spec = record {
        type = enum [
          "LoadBalancer"
          "NodePort"
        ];
        externalTrafficPolicy = optional (enum [ "Local" ]);
        selector = labels;
        ports = listOf (record {
          name = str;
          nodePort = optional (ints.between 30000 32767);
          inherit port;
          targetPort = str;
        });
      };
    };

    ingress = object "networking.k8s.io/v1" "Ingress" {
      spec = record {
        ingressClassName = str;
        rules = listOf (record {
          http = record {
            paths = listOf (record {
              path = str;
              pathType = enum [ "Prefix" ];
              backend = record {
                service = record {
                  name = str;
                  port = record { name = str; };
                };
              };
            });
          };
        });
      };
    };
  };
}
