// Owns: the span of each call, by the semantic conventions of OpenTelemetry for JSON-RPC.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace TinyHost.JsonRpc;

internal static class RpcTracing
{
    private const string Listener = "An activity listener";
    private const int MostShown = 100;

    private static readonly ActivitySource s_spans = new(RpcInstruments.MeterName);

    /// <summary>Starts the span of a call and makes it the current activity. Null if nobody listens or samples it.</summary>
    public static Activity? Start(in RpcRequest request, ObserverGuard guard) => s_spans.HasListeners() ? Create(request, guard) : null;

    /// <summary>The call has failed.</summary>
    public static void Fail(Activity? span, JsonRpcError error, Exception? failure)
    {
        if (span is not null)
        {
            span.SetTag("rpc.response.status_code", error.CodeText);
            span.SetTag("error.type", failure?.GetType().FullName ?? error.CodeText);
            span.SetStatus(ActivityStatusCode.Error, error.Message);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Activity? Create(in RpcRequest request, ObserverGuard guard)
    {
        try
        {
            var method = request.Method?.Name;
            List<KeyValuePair<string, object?>> attributes =
            [
                new("rpc.system.name", "jsonrpc"),
                new("rpc.method", method ?? RpcInstruments.OtherMethod),
                new("jsonrpc.protocol.version", "2.0"),
            ];
            Add(attributes, "jsonrpc.request.id", request.Id.Span);
            if (method is null)
            {
                Add(attributes, "rpc.method_original", request.MethodText.Span);
            }

            return s_spans.StartActivity(method ?? "jsonrpc", ActivityKind.Server, parentContext: default, attributes);
        }
#pragma warning disable CA1031 // Reported by the guard: samplers and listeners are other people's code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            guard.Failed(Listener, failure);
            return null;
        }
    }

    // A string without its quotes, and shortened.
    private static void Add(List<KeyValuePair<string, object?>> attributes, string name, ReadOnlySpan<byte> json)
    {
        if (!json.IsEmpty)
        {
            var text = json[0] == (byte)'"' ? json[1..^1] : json;
            attributes.Add(new(name, Encoding.UTF8.GetString(text[..Math.Min(text.Length, MostShown)])));
        }
    }
}
