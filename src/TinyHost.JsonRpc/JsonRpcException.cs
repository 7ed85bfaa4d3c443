// Owns: the exception that becomes an error object.

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace TinyHost.JsonRpc;

/// <summary>
/// Thrown by a method to answer with this error. Any other exception is answered with −32603, Internal error, without a detail, and logged.
/// </summary>
public sealed class JsonRpcException : Exception
{
    /// <summary>
    /// An error with a code, a short sentence, and data, which is any JSON; null omits the member. A string or a number converts to
    /// <see cref="JsonNode"/>.
    /// </summary>
    public JsonRpcException(int code, string message, JsonNode? data = null)
        : this(new JsonRpcError(code, message, data))
    {
    }

    /// <summary>An error with data that was parsed before.</summary>
    public JsonRpcException(int code, string message, JsonElement data)
        : this(new JsonRpcError(code, message, JsonRpcError.DataOf(data)))
    {
    }

    /// <summary>An error whose data is a value of the application, written as its <paramref name="type"/> says.</summary>
    public JsonRpcException(int code, string message, object? data, JsonTypeInfo type)
        : this(new JsonRpcError(code, message, JsonRpcError.DataOf(data, type)))
    {
    }

    /// <summary>An error that exists already, with the exception that caused it, if any, for the application's own log.</summary>
    public JsonRpcException(JsonRpcError error, Exception? innerException = null)
        : base(NotNull(error).Message, innerException) => Error = error;

    /// <summary>The error to answer with.</summary>
    public JsonRpcError Error { get; }

    private static JsonRpcError NotNull(JsonRpcError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error;
    }
}
