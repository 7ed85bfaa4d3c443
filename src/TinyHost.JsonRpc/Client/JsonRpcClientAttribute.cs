// Owns: marking an interface that the generator implements as a client.

namespace TinyHost.JsonRpc;

/// <summary>
/// Has the source generator write a class that implements the interface by calling a server: <c>ShopClient</c> for <c>IShop</c>, in the
/// same namespace, with a constructor that takes a <see cref="JsonRpcClient"/> or a <see cref="JsonRpcBatch"/>. The methods return tasks.
/// Their names are those of <see cref="JsonRpcHandler.AddMethods{T}(string)"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class JsonRpcClientAttribute : Attribute
{
    /// <summary>Whether params are sent as an array, for servers that do not know names. False by default.</summary>
    public bool ByPosition { get; set; }
}
