// Owns: leaving out a method of a class.

namespace TinyHost.JsonRpc;

/// <summary>Leaves out a public method of a class given to <see cref="JsonRpcHandler.AddMethods{T}(string)"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JsonRpcIgnoreAttribute : Attribute;
