# Mapping templates: nothing is built, the folder is what is deployed.
{ sources, ... }:
{
  templates = "${sources.of [ ../../services/vtl ]}/services/vtl";
  tools = [ ];
}
