// Owns: HAProxy in front of a server.
// Does not own: what is asked through it.

namespace TinyHost.EndToEnd.Support;

internal static class HaProxy
{
    /// <summary>Forwards from a port to a backend named app; both take further lines of configuration. Dispose the process to end it.</summary>
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
