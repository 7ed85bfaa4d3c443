// Owns: what is known of a parameter.

namespace TinyHost.JsonRpc;

/// <summary>A parameter of a method: its name, its schema, and whether a call must have it.</summary>
public sealed class JsonRpcParameterInfo
{
    /// <summary>A parameter. Throws <see cref="ArgumentException"/> for an empty name.</summary>
    public JsonRpcParameterInfo(string name, JsonRpcSchema schema, bool isRequired = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(schema);
        Name = name;
        Schema = schema;
        IsRequired = isRequired;
    }

    /// <summary>The name, as callers write it.</summary>
    public string Name { get; }

    /// <summary>What values are valid.</summary>
    public JsonRpcSchema Schema { get; }

    /// <summary>Whether a call without the parameter is refused. True by default.</summary>
    public bool IsRequired { get; }

    /// <summary>What the parameter means, for <c>rpc.discover</c>; null by default.</summary>
    public string? Description { get; init; }
}
