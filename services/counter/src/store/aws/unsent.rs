//! What the SDK does per call for AWS's own statistics, left out: four of a call's headers, each
//! of which is made, copied, signed and sent. Must not leave out what an answer, a permission or
//! a retry depends on.

use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, disable_interceptor, dyn_dispatch_hint};
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer, Layer};

/// Ahead of each call, disables the interceptors whose headers nothing depends on.
#[derive(Debug)]
pub(crate) struct Unsent(FrozenLayer);

impl Unsent {
    pub(crate) fn new() -> Self {
        let mut layer = Layer::new("unsent");
        layer.store_put(disable_interceptor::<UserAgentInterceptor>(
            "reports to AWS which SDK calls; a tenth of the instructions",
        ));
        layer
            .store_put(disable_interceptor::<InvocationIdInterceptor>("reports to AWS which attempts belong together"));
        layer.store_put(disable_interceptor::<RequestInfoInterceptor>("reports to AWS which attempt this is"));
        Self(layer.freeze())
    }
}

#[dyn_dispatch_hint]
impl Intercept for Unsent {
    fn name(&self) -> &'static str {
        "Unsent"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.push_shared_layer(self.0.clone());
        Ok(())
    }
}
