// Owns: a method in the table: its declaration, its function and its limits.

using System.Text;

namespace TinyHost.JsonRpc;

internal sealed class RpcMethod(JsonRpcMethodInfo info, JsonRpcMethod function, RpcGate? gate = null)
{
    public JsonRpcMethodInfo Info { get; } = info;

    public string Name => Info.Name;

    public byte[] NameBytes { get; } = Encoding.UTF8.GetBytes(info.Name);

    public JsonRpcMethod Function { get; } = function;

    /// <summary>Limits how many calls run at a time; null for no limit.</summary>
    public RpcGate? Gate { get; } = gate;
}
