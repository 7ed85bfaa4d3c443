// Owns: the name of a method or a parameter on the wire.

namespace TinyHost.JsonRpc;

/// <summary>
/// Names a method of a class given to <see cref="JsonRpcHandler.AddMethods{T}(string)"/>, or a parameter of a typed method, other than
/// its name in C#.
/// </summary>
/// <param name="name">The name, as callers write it.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Parameter)]
public sealed class JsonRpcNameAttribute(string name) : Attribute
{
    /// <summary>The name, as callers write it.</summary>
    public string Name { get; } = name;
}
