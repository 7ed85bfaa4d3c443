// Owns: the paths of everything bench/run builds, relative to bench/, where it starts the driver.

namespace TinyHost.Bench.Servers;

internal static class Paths
{
    public const string Artifacts = "artifacts";
    public const string TinyHost = "Server/bin/Release/net10.0/TinyHost.Bench.Server";
    public const string Kestrel = "peers/Kestrel/bin/Release/net10.0/Kestrel";
    public const string HttpListener = "peers/HttpListener/bin/Release/net10.0/HttpListenerPeer";
    public const string StreamJsonRpc = "peers/StreamJsonRpc/bin/Release/net10.0/StreamJsonRpcPeer";
    public const string BareLoop = "peers/BareLoop/bin/Release/net10.0/BareLoopPeer";
    public const string TinyHostPackaged = Artifacts + "/packaged/Server/TinyHost.Bench.Server";
    public const string TinyHostReadyToRun = Artifacts + "/ready-to-run/Server/TinyHost.Bench.Server";
    public const string KestrelReadyToRun = Artifacts + "/ready-to-run/Kestrel/Kestrel";
    public const string TinyHostAot = Artifacts + "/aot/Server/TinyHost.Bench.Server";
    public const string KestrelAot = Artifacts + "/aot/Kestrel/Kestrel";
    public const string Go = Artifacts + "/go-peer";
    public const string Falcon = "peers/falcon";
    public const string NginxConfiguration = "peers/nginx/nginx.conf";

    public static string Assembly(string program) => Path.GetFullPath(program + ".dll");
}
