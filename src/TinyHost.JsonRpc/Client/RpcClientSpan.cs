// Owns: the spans of a client's calls.

using System.Diagnostics;
using System.Globalization;

namespace TinyHost.JsonRpc;

/// <summary>Spans with names and attributes of OpenTelemetry's semantic conventions for RPC.</summary>
internal static class RpcClientSpan
{
    private static readonly ActivitySource s_source = new("TinyHost.JsonRpc.Client");

    public static Activity? Start(string name)
    {
        var span = s_source.StartActivity(name, ActivityKind.Client);
        span?.SetTag("rpc.system.name", "jsonrpc");
        span?.SetTag("rpc.method", name);
        return span;
    }

    public static Activity? StartBatch(int calls)
    {
        var span = s_source.StartActivity("batch", ActivityKind.Client);
        span?.SetTag("rpc.system.name", "jsonrpc");
        span?.SetTag("tinyhost.jsonrpc.batch.size", calls);
        return span;
    }

    public static void Fail(Activity? span, Exception exception)
    {
        span?.SetStatus(ActivityStatusCode.Error, exception.Message);
        if (exception is JsonRpcException { Error.Code: var code })
        {
            span?.SetTag("rpc.response.status_code", code.ToString(CultureInfo.InvariantCulture));
            span?.SetTag("error.type", code.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            span?.SetTag("error.type", exception.GetType().FullName);
        }
    }
}
