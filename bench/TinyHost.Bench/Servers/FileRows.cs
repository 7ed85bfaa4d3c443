// Owns: the servers of static files.

namespace TinyHost.Bench.Servers;

internal static class FileRows
{
    public static readonly Server TinyHost = ServerRows.TinyHost with
    {
        Settings = "errors, metrics, then `Files.From(folder)` as a route",
        CommandFor = launch => Run(Paths.TinyHost, launch),
    };

    public static readonly Server Kestrel = ServerRows.Kestrel with
    {
        Settings = "`UseStaticFiles` with the folder, no logging",
        CommandFor = launch => Run(Paths.Kestrel, launch),
    };

    public static readonly Server Nginx = ServerRows.Nginx with
    {
        Settings = "`root` with `sendfile`, one worker per processor, no log",
    };

    public static readonly IReadOnlyList<Server> All = [TinyHost, Kestrel, Nginx];

    private static Command Run(string program, Launch launch) =>
        DotNet.Run(Paths.Assembly(program), launch, "--files", BenchFiles.Write(launch.Directory));
}
