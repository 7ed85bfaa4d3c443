// Owns: the error object of JSON-RPC 2.0 §5.1 and the specification's reserved codes.

using System.Globalization;
using System.Text.Json;

namespace JsonRpc;

/// <summary>
/// The reason a call failed. A method returns an error instead of throwing; errors kept in static fields cost no allocation per call.
/// <paramref name="data"/> is a sentence for the caller; null omits the member.
/// </summary>
internal sealed class RpcError(int code, string message, string? data = null)
{
    public static readonly RpcError Parse = new(-32700, "Parse error");
    public static readonly RpcError InvalidRequest = new(-32600, "Invalid Request");
    public static readonly RpcError MethodNotFound = new(-32601, "Method not found");
    public static readonly RpcError Internal = new(-32603, "Internal error");

    public int Code { get; } = code;

    /// <summary>The code as an attribute value, formatted once: boxing the number would allocate on each call.</summary>
    public string CodeText { get; } = code.ToString(CultureInfo.InvariantCulture);

    public static RpcError InvalidParams(string data) => new(-32602, "Invalid params", data);

    public static RpcError InvalidRequestBecause(string data) => new(-32600, "Invalid Request", data);

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteNumber("code"u8, Code);
        writer.WriteString("message"u8, message);
        if (data is not null)
        {
            writer.WriteString("data"u8, data);
        }

        writer.WriteEndObject();
    }
}
