// Owns: the servers of JSON-RPC. The others do not load the library.

namespace TinyHost.Bench.Servers;

internal static class RpcRows
{
    public static readonly Server TinyHost = ServerRows.TinyHost with
    {
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--rpc"),
    };

    public static readonly Server TinyHostInline = ServerRows.TinyHostInline with
    {
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--rpc", "--inline"),
    };

    public static readonly Server TinyHostTyped = TinyHost with
    {
        Title = "TinyHost, typed method",
        Settings = "the same, but `add` is a typed method",
        CommandFor = launch => DotNet.Run(Paths.Assembly(Paths.TinyHost), launch, "--rpc", "--typed"),
    };
}
