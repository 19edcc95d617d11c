# Kubernetes' own schemas take the manifests of every way.
{ pkgs, packages, ... }:
pkgs.runCommand "kubernetes-manifests"
  {
    nativeBuildInputs = [ (pkgs.python3.withPackages (python: [ python.kubernetes-validate ])) ];
  }
  ''
    python3 ${../../infra/kubernetes/validate.py} ${packages.terraform}/{k8s,eks}*.tf.json >$out
  ''
