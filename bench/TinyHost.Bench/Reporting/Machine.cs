// Owns: the machine and the versions of all measured software, for the report.

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace TinyHost.Bench.Reporting;

internal static class Machine
{
    private static readonly string[] s_packages =
    [
        "wrk", "nginx", "golang-go", "golang-github-prometheus-client-golang-dev",
        "gunicorn", "python3-falcon", "python3-prometheus-client", "python3",
    ];

    /// <summary>Names and values, in order.</summary>
    public static IEnumerable<(string Name, string Value)> Describe()
    {
        yield return ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        yield return ("commit", Output("git", "rev-parse", "--short", "HEAD"));
        yield return ("processor", $"{Environment.ProcessorCount} × {Field("/proc/cpuinfo", "model name")}");
        yield return ("memory", Field("/proc/meminfo", "MemTotal"));
        yield return ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}");
        yield return (
            ".NET",
            $"{RuntimeInformation.FrameworkDescription}; default workstation GC, tiered compilation and thread pool for every .NET server");
        foreach (var package in s_packages)
        {
            yield return ($"{package} (Debian)", Output("dpkg-query", "-W", "-f=${Version}", package));
        }
    }

    private static string Field(string path, string name) =>
        File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':') + 1)..].Trim()
            : "unknown";

    private static string Output(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && text.Length > 0 ? text : "unknown";
        }
        catch (Win32Exception)
        {
            // The program is not installed.
            return "unknown";
        }
    }
}
