// Owns: HAProxy in front of a server.

namespace TinyHost.EndToEnd.Support;

internal static class HaProxy
{
    /// <summary>
    /// Starts a proxy that forwards a port to a backend named app. <paramref name="frontend"/> and <paramref name="backend"/> are
    /// additional lines of configuration.
    /// </summary>
    public static ChildProcess Start(TemporaryDirectory directory, int port, string[] frontend, string[] backend)
    {
        var configuration = directory.Write("haproxy.cfg", string.Join("\n    ",
        [
            "defaults\n    mode http", "timeout connect 10s", "timeout client 60s", "timeout server 60s",
            $"\nfrontend public\n    bind 127.0.0.1:{port}", "default_backend app", .. frontend,
            "\nbackend app\n    http-reuse always", .. backend,
        ]) + "\n");
        return ChildProcess.Start(OutsideProgram.Require("haproxy", package: "haproxy"), ["-db", "-f", configuration]);
    }
}
