// Owns: the schema of a type with a converter of its own.

namespace TinyHost.JsonRpc;

/// <summary>
/// Says what values of a type are in JSON, for types whose converter System.Text.Json cannot describe: <c>rpc.discover</c> and the
/// sentences about params use it wherever the type appears.
/// </summary>
/// <param name="json">A JSON Schema, such as <c>{"type":"number"}</c>.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum, Inherited = false)]
public sealed class JsonRpcSchemaAttribute(string json) : Attribute
{
    /// <summary>The schema.</summary>
    public string Json { get; } = json;
}
