// Owns: naming a serializer context in a type argument.

using System.ComponentModel;
using System.Text.Json.Serialization;

namespace TinyHost.JsonRpc;

/// <summary>Names a serializer context of the program to <see cref="ContextValue{T, TContext}"/>. Generated code implements it.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IJsonRpcContext
{
    /// <summary>The context.</summary>
    static abstract JsonSerializerContext Instance { get; }
}
