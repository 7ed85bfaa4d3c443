// Owns: the method status.

using System.Diagnostics;

namespace JsonRpc.Methods;

/// <summary>Reports that the daemon is running, its uptime in seconds, and its methods.</summary>
internal sealed class Status(RpcMethodTable methods)
{
    private static readonly RpcError s_noParams = RpcError.InvalidParams("status takes no params");

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary><c>status</c>: no params or empty params → <c>{"status": "ok", "uptime": …, "methods": […]}</c>.</summary>
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

    // Params are valid JSON: an array or object is empty if only white space is between its brackets.
    private static bool IsEmpty(ReadOnlySpan<byte> parameters) =>
        parameters.IsEmpty || parameters[1..^1].IndexOfAnyExcept(" \t\r\n"u8) < 0;
}
