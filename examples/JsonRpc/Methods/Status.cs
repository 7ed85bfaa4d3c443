// Owns: the method status.
// Does not own: metrics, which say more (TinyHost.Metrics).

using System.Diagnostics;

namespace JsonRpc.Methods;

/// <summary>What a caller may know of the daemon: that it works, for how long (seconds), and its methods.</summary>
internal sealed class Status(RpcMethodTable methods)
{
    /// <summary><c>status</c>: no params, or empty ones → <c>{"status": "ok", "uptime": …, "methods": […]}</c>.</summary>
    public ValueTask<RpcError?> Call(RpcCall call)
    {
        if (!IsEmpty(call.Params.Span))
        {
            return new(s_noParams);
        }

        var result = call.Result;
        result.WriteStartObject();
        result.WriteString("status"u8, "ok"u8);
        result.WriteNumber("uptime"u8, Math.Round(Stopwatch.GetElapsedTime(_started).TotalSeconds, 3));
        result.WriteStartArray("methods"u8);
        foreach (var name in methods.Names)
        {
            result.WriteStringValue(name);
        }

        result.WriteEndArray();
        result.WriteEndObject();
        return default;
    }

    // Params are checked JSON: an array or object with nothing but white space between its two brackets is empty.
    private static bool IsEmpty(ReadOnlySpan<byte> parameters) =>
        parameters.IsEmpty || parameters[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static readonly RpcError s_noParams = RpcError.InvalidParams("status takes no params");

    private readonly long _started = Stopwatch.GetTimestamp();
}
