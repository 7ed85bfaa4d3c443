// Owns: the method rpc.discover.

using System.Reflection;

namespace TinyHost.JsonRpc;

/// <summary>Answers with the methods that the caller's method list has, so that nobody learns of methods that are not for them.</summary>
internal sealed class RpcDiscovery(RpcMethodTable methods, RpcAccess? access)
{
    private static readonly JsonRpcMethodInfo s_info = new("rpc.discover")
    {
        Summary = "Describes the methods in OpenRPC.",
        Result = JsonRpcSchema.FromText("true"),
    };

    private readonly Lazy<RpcDocument> _document = new(() => Describe(methods));

    public static RpcMethod Method(RpcMethodTable methods, RpcAccess? access) => new(s_info, new RpcDiscovery(methods, access).Call);

    private static RpcDocument Describe(RpcMethodTable methods)
    {
        var program = Assembly.GetEntryAssembly();
        var title = program?.GetName().Name ?? "JSON-RPC";
        var version = program?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        return new RpcDocument(methods.All.Select(method => method.Info), title, version);
    }

    private ValueTask<JsonRpcError?> Call(JsonRpcCall call)
    {
        var arguments = new JsonRpcArguments(call, s_info);
        if (!arguments.Next(out _) && arguments.Error is { } error)
        {
            return new(error);
        }

        _document.Value.WriteTo(call.Result, name => access?.Lists(call.User, name) != false);
        return default;
    }
}
