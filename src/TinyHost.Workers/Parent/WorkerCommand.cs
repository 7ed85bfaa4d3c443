// Owns: the command that starts this program again.
// Source: Linux, proc(5), /proc/pid/cmdline.

using System.Text;

namespace TinyHost.Workers;

/// <summary>
/// The same program with the same arguments. Where it was started by a path, that path is used again, so that a link which leads to a newer
/// version by then starts the newer one.
/// </summary>
internal sealed record WorkerCommand(string Program, IReadOnlyList<string> Arguments)
{
    internal static WorkerCommand OfProcess() =>
        Read(File.ReadAllText("/proc/self/cmdline", Encoding.UTF8), Environment.ProcessPath, Environment.CurrentDirectory, File.Exists);

    /// <summary>Throws <see cref="ServerStartException"/> if the program is unknown.</summary>
    /// <param name="words">The words of the command, each with a zero byte at its end.</param>
    /// <param name="processPath">The file of the running program.</param>
    /// <param name="folder">What a relative path starts from.</param>
    /// <param name="exists">Whether there is a file at a path.</param>
    internal static WorkerCommand Read(string words, string? processPath, string folder, Predicate<string> exists)
    {
        var all = words.Split('\0')[..^1];
        var program = processPath;
        // The program may have changed its folder since.
        if (all.Length > 0
            && all[0].Contains('/', StringComparison.Ordinal)
            && Path.GetFullPath(all[0], folder) is var path
            && exists(path))
        {
            program = path;
        }

        return new WorkerCommand(
            program ?? throw new ServerStartException("Cannot start workers: the path of this program is unknown."),
            all.Length > 0 ? all[1..] : []);
    }
}
