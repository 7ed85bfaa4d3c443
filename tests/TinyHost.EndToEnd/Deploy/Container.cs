// Owns: a program in surroundings like those of a container: the image's environment, the manifests' user, a read-only file system.

using System.Runtime.InteropServices;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Deploy;

/// <summary>
/// With the rights to make a mount namespace, the program sees a file system of its own that nothing can write to, and runs as the user
/// of the manifests without capabilities. Without them, it runs with the environment alone.
/// </summary>
internal sealed class Container : IAsyncDisposable
{
    // The folders of the system that programs need, the image as /app and the runtime as /dotnet; the root is read-only in the end.
    private const string Enter = """
        set -e
        root=$1 image=$2 runtime=$3 user=$4
        shift 4
        mount -t tmpfs tmpfs "$root"
        for folder in usr etc dev proc app dotnet tmp; do mkdir "$root/$folder"; done
        for folder in bin sbin lib lib64; do [ ! -L "/$folder" ] || cp -P "/$folder" "$root/$folder"; done
        for folder in usr etc; do mount --bind "/$folder" "$root/$folder"; mount -o remount,bind,ro "$root/$folder"; done
        for folder in dev proc; do mount --rbind "/$folder" "$root/$folder"; done
        mount --bind "$image" "$root/app"; mount -o remount,bind,ro "$root/app"
        mount --bind "$runtime" "$root/dotnet"; mount -o remount,bind,ro "$root/dotnet"
        mount -o remount,ro "$root"
        exec chroot "$root" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
        """;

    private readonly TemporaryDirectory _root;
    private readonly HttpClient _metrics;

    private Container(ChildProcess process, TemporaryDirectory root, int port, int metricsPort)
    {
        Process = process;
        _root = root;
        App = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Deadline.Limit };
        _metrics = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{metricsPort}/"), Timeout = Deadline.Limit };
    }

    public ChildProcess Process { get; }

    public HttpClient App { get; }

    /// <summary>Starts what the file's ENTRYPOINT says, on free ports, and waits until it listens.</summary>
    public static async Task<Container> StartAsync(Dockerfile file, string image)
    {
        var (port, metricsPort) = (FreePort.Next(), FreePort.Next());
        var runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        var root = new TemporaryDirectory();
        var environment = new Dictionary<string, string>(file.Environment);
        string[] command = [.. file.EntryPoint, .. Daemon.Ports(port, metricsPort)];
        ChildProcess process;
        if (await CanIsolateAsync())
        {
            var manifests = new Manifests();
            foreach (var variable in manifests.Container.Env.Where(variable => variable.Name != "TinyHost__DrainDelay"))
            {
                environment[variable.Name] = variable.Value;
            }

            var program = command[0] == "dotnet" ? "/dotnet/dotnet" : command[0];
            process = ChildProcess.Start(
                "unshare",
                [
                    "--mount", "/bin/sh", "-c", Enter, "enter", root.Path, image, runtime, $"{manifests.Pod.SecurityContext.RunAsUser}",
                    "/bin/sh", "-c", "cd /app && exec \"$@\"", "sh", program, .. command[1..],
                ],
                environment);
        }
        else
        {
            var program = command[0] == "dotnet" ? Path.Combine(runtime, "dotnet") : image + command[0]["/app".Length..];
            process = ChildProcess.Start(program, command[1..], environment, workingDirectory: image);
        }

        var container = new Container(process, root, port, metricsPort);
        try
        {
            await process.WaitForOutputAsync("Application started");
            return container;
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    public Task<string> ScrapeAsync() => _metrics.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        App.Dispose();
        _metrics.Dispose();
        await Process.DisposeAsync();
        _root.Dispose();
    }

    private static async Task<bool> CanIsolateAsync()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return false;
        }

        var unshare = OutsideProgram.Require("unshare", package: "util-linux");
        var (exitCode, _, _) = await ChildProcess.RunAsync(unshare, ["--mount", "true"]);
        return exitCode == 0;
    }
}
