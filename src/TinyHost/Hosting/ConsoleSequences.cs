// Owns: whether the terminal of this process takes control sequences.
// Source: Microsoft, "Console Virtual Terminal Sequences".

using System.Runtime.InteropServices;

namespace TinyHost;

/// <summary>A terminal of Windows shows control sequences as text until a program turns them on.</summary>
internal static class ConsoleSequences
{
    private const int StandardOutput = -11;
    private const uint ProcessedOutput = 1;
    private const uint Sequences = 4;

    /// <summary>
    /// Whether standard output takes control sequences, which are turned on if need be. They stay on: the log may write colors until the
    /// process ends, and shells set their own mode. False on Windows if standard output is no console, or one that lacks them.
    /// </summary>
    internal static bool TryEnable() => !OperatingSystem.IsWindows()
        || (GetMode(GetHandle(StandardOutput), out var mode) && TryEnable(mode, static mode => SetMode(GetHandle(StandardOutput), mode)));

    /// <summary>The same for a console of Windows in this mode.</summary>
    internal static bool TryEnable(uint mode, Func<uint, bool> set) =>
        (mode & (Sequences | ProcessedOutput)) == (Sequences | ProcessedOutput) || set(mode | Sequences | ProcessedOutput);

    [DllImport("kernel32.dll", EntryPoint = "GetStdHandle", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint GetHandle(int number);

    [DllImport("kernel32.dll", EntryPoint = "GetConsoleMode", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetMode(nint handle, out uint mode);

    [DllImport("kernel32.dll", EntryPoint = "SetConsoleMode", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool SetMode(nint handle, uint mode);
}
