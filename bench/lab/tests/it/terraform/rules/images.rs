//! Machine images: what Nix builds is what Terraform imports and what EC2 boots. Their facts are evaluated by Nix
//! (nix/packages/images.nix) and kept in infra/rendered/images.json.

use std::sync::LazyLock;

use serde_json::Value;
use ways::{Arch, ArtifactKind, Axis, Compute, Hypervisor, model};

use super::compute::{instance, types_of};
use super::view::{View, text, texts};
use super::{Met, Rule};
use crate::support::root;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "the disk that is imported is of the image's format",
        source: "VM Import/Export User Guide, Image formats; nixpkgs, make-disk-image.nix",
        check: format,
    },
    Rule { name: "an image boots as it is registered", source: "EC2 User Guide, Boot modes", check: boot_mode },
    Rule {
        name: "an image's initrd has the driver of each instance type's disk",
        source: "EC2 User Guide, Instances built on Nitro: NVMe; Xen's block devices before",
        check: drivers,
    },
    Rule {
        name: "an image lets nobody in but by Session Manager",
        source: "EC2 User Guide, Connect using Session Manager",
        check: access,
    },
    Rule {
        name: "an image's service does not start without its user data",
        source: "systemd.exec(5), EnvironmentFile: a leading - lets it be absent",
        check: user_data,
    },
    Rule {
        name: "an image's firewall lets in the port that is called",
        source: "NixOS manual, Firewall",
        check: firewall,
    },
    Rule {
        name: "an AMI has the drivers and metadata that its types need",
        source: "EC2 API Reference, RegisterImage (EnaSupport, ImdsSupport)",
        check: ami,
    },
];

/// The evaluated facts, by the machine's name.
static IMAGES: LazyLock<Value> = LazyLock::new(|| {
    let path = root().join("infra/rendered/images.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("images.json")).expect("JSON")
});

/// The facts of a machine: a word, and parts with the defaults left out (nix/ways.nix, `shared`).
fn named(view: &View, word: &str, has_language: bool) -> Option<&'static Value> {
    let (language, arch) = (view.way.way.language.word(), view.way.way.arch.word());
    let mut name = word.to_owned();
    for part in [(has_language && language != "rust").then_some(language), (arch != "x86_64").then_some(arch)] {
        name += &part.map(|part| format!("-{part}")).unwrap_or_default();
    }
    IMAGES.get(name)
}

/// The image of a way's instance.
pub(super) fn of(view: &View) -> Option<&'static Value> {
    let has = !view.resources("aws_instance").is_empty();
    has.then(|| named(view, view.way.way.compute.word(), true)).flatten()
}

/// nixpkgs' format, its file's extension, and VM Import's word.
const FORMATS: [(&str, &str, &str); 2] = [("vpc", "vhd", "VHD"), ("raw", "img", "RAW")];

fn format(view: &View, met: &mut Met) {
    for block in view.resources("aws_ebs_snapshot_import") {
        let word = text(&block.value["disk_container"]["format"]);
        let key = view.resources("aws_s3_object").iter().map(|it| text(&it.value["key"])).next().unwrap_or_default();
        let fits = of(view).is_some_and(|image| {
            FORMATS.iter().any(|(format, extension, import)| {
                image["format"] == *format
                    && image["extension"] == *extension
                    && word == *import
                    && key.ends_with(&format!(".{extension}"))
            })
        });
        met.hold(fits, format!("{}: {word}, {key}", block.address));
    }
}

fn boot_mode(view: &View, met: &mut Met) {
    for block in view.resources("aws_ami") {
        let (mode, arch) = (&block.value["boot_mode"], &block.value["architecture"]);
        let fits = of(view).is_some_and(|image| image["boot_mode"] == *mode) && arch == view.way.way.arch.word();
        // Arm knows UEFI only.
        met.hold(fits && (arch != "arm64" || mode == "uefi"), format!("{}: {mode}", block.address));
    }
}

fn drivers(view: &View, met: &mut Met) {
    let holds = |image: Option<&Value>, name: &str| {
        let modules = image.map(|image| texts(&image["initrd_modules"])).unwrap_or_default();
        let wanted = instance(name).map(|it| if it.hypervisor == Hypervisor::Xen { "xen-blkfront" } else { "nvme" });
        wanted.is_some_and(|wanted| modules.iter().any(|module| module == wanted))
    };
    for block in view.resources("aws_instance") {
        for name in types_of(view, &block.value["instance_type"]) {
            met.hold(holds(of(view), &name), format!("{}: {name}", block.address));
        }
    }
    for name in view.words_of("node_type") {
        met.hold(holds(named(view, "kops-node", false), &name), format!("kops-node: {name}"));
    }
}

fn access(view: &View, met: &mut Met) {
    for image in
        of(view).into_iter().chain(named(view, "kops-node", false).filter(|_| !view.default_of("node_type").is_null()))
    {
        met.hold(image["sshd"] == false && image["ssm_agent"] == true, image);
    }
}

fn user_data(view: &View, met: &mut Met) {
    if let Some(image) = of(view) {
        let service = &image["service"];
        let required = !text(&service["environment_file"]).starts_with('-') && service["refuses_an_empty_one"] == true;
        met.hold(required && image["runs_user_data"] == false, service);
    }
    // kOps' script is run, under the one name of a distribution whose packages nodeup expects.
    if let Some(image) = named(view, "kops-node", false).filter(|_| !view.default_of("node_type").is_null()) {
        met.hold(image["runs_user_data"] == true && image["os_release_id"] == "flatcar", image);
    }
}

fn firewall(view: &View, met: &mut Met) {
    if let Some(image) = of(view) {
        let port = text(&image["service"]["listen"]).rsplit(':').next().and_then(|port| port.parse::<u64>().ok());
        let open =
            image["open_tcp_ports"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect::<Vec<_>>();
        met.hold(port.is_some_and(|port| open == [port]), format!("{port:?} of {open:?}"));
    }
}

fn ami(view: &View, met: &mut Met) {
    for block in view.resources("aws_ami") {
        let value = block.value;
        let root = value["ebs_block_device"][0]["device_name"] == value["root_device_name"];
        let fits =
            value["ena_support"] == true && value["imds_support"] == "v2.0" && value["virtualization_type"] == "hvm";
        met.hold(root && fits, block.address);
    }
}

#[test]
fn every_machine_is_of_some_way_or_of_a_cluster() {
    let machines = IMAGES.as_object().expect("machines");
    let words: Vec<_> = model().ways().map(|way| way.compute.word()).collect();
    for name in machines.keys() {
        let known = name.starts_with("kops-node")
            || words.iter().any(|word| name == word || name.starts_with(&format!("{word}-")));
        assert!(known, "{name} is in no way");
    }
    let disks = Compute::ALL.iter().filter(|compute| compute.facts().artifact == ArtifactKind::DiskImage);
    let services: usize = disks.map(|compute| compute.facts().languages.len() * compute.facts().arches.len()).sum();
    assert_eq!(machines.len(), services + Arch::ALL.len(), "each service's, and kOps' node");
}
