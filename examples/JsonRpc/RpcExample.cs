// Owns: the list of this daemon's methods. Add yours here.

using JsonRpc.Methods;

namespace JsonRpc;

internal static class RpcExample
{
    public static RpcMethodTable Methods()
    {
        var methods = new RpcMethodTable();
        return methods
            .Add("add", Arithmetic.Add)
            .Add("subtract", Arithmetic.Subtract)
            .Add("sum", Arithmetic.Sum)
            .Add("echo", Echo.Call)
            .Add("status", new Status(methods).Call);
    }
}
