// Owns: the page for trying methods as a stage of a pipeline.

using TinyHost.JsonRpc;

namespace TinyHost;

/// <summary>Adds a page for trying JSON-RPC methods to a pipeline.</summary>
public static class JsonRpcPipelineExtensions
{
    /// <summary>
    /// Offers a page for trying the methods of <paramref name="rpc"/> on the port of the metrics, if the setting
    /// <c>JsonRpc:TryItPage</c> is true. Add it before <c>UseMetrics</c>, and after the authentication that is to protect it. See
    /// <see cref="JsonRpcPage.Wrap"/>.
    /// </summary>
    public static Pipeline UseJsonRpcPage(this Pipeline pipeline, JsonRpcHandler rpc, string path = "/rpc")
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.Use(next => JsonRpcPage.Wrap(next, rpc, path));
    }
}
