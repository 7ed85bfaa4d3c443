// Owns: taking the sockets that systemd passes to a service.
// Source: systemd, sd_listen_fds(3).

using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TinyHost;

internal static class SystemdSockets
{
    private const string Source = "systemd";
    private const int FirstDescriptor = 3;
    // More is no list of sockets: the default limit of open files.
    private const int MostSockets = 1_024;
    private const int SetFlags = 2;
    private const int CloseOnExec = 1;

    private static readonly string[] s_variables = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDNAMES"];
    private static readonly Lazy<InheritedSockets> s_ofProcess = new(Take);

    /// <summary>
    /// Those of this process. The first call takes what the environment tells, and removes it there: child processes get neither the
    /// variables nor the descriptors.
    /// </summary>
    internal static InheritedSockets OfProcess => s_ofProcess.Value;

    private static InheritedSockets Take()
    {
        var kept = new KeptSockets(DescriptorStore.Find(Environment.GetEnvironmentVariable));
        return OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(s_variables[0]) is not null
            ? TakePassed(kept)
            : new InheritedSockets([]) { Kept = kept };
    }

    private static InheritedSockets TakePassed(KeptSockets kept)
    {
        var names = Read(Environment.GetEnvironmentVariable, Environment.ProcessId, OwnDescriptorId, out var warning);
        Array.ForEach(s_variables, static name => Environment.SetEnvironmentVariable(name, null));
        List<InheritedSocket> sockets = [];
        for (var i = 0; i < names.Count; i++)
        {
            if (SetDescriptorFlags(FirstDescriptor + i, SetFlags, CloseOnExec) != 0)
            {
                warning = $"LISTEN_FDS is {names.Count}, but descriptor {FirstDescriptor + i} is not open; it is left out.";
                continue;
            }

            var socket = UnixListenAddress.Open(new SafeSocketHandle(FirstDescriptor + i, ownsHandle: true));
            if (DescriptorStore.Read(names[i], socket) is { } stored)
            {
                kept.Add(stored);
            }
            else
            {
                sockets.Add(new InheritedSocket(socket, names[i], Source));
            }
        }

        return new InheritedSockets(sockets, warning) { Kept = kept };
    }

    /// <summary>
    /// The name of each descriptor passed to this process, null for none; empty if the variables cannot be read or are for another process,
    /// with a warning: a sentence.
    /// </summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="processId">The number of this process.</param>
    /// <param name="ownDescriptorId">The inode of a descriptor for this process; null if the system has none.</param>
    /// <param name="warning">The warning; null for none.</param>
    internal static List<string?> Read(
        Func<string, string?> variable, int processId, Func<ulong?> ownDescriptorId, out string? warning)
    {
        warning = null;
        var (fds, pid, id) = (variable("LISTEN_FDS"), variable("LISTEN_PID"), variable("LISTEN_PIDFDID"));
        if (pid != processId.ToString(CultureInfo.InvariantCulture)
            || (id is not null && ownDescriptorId() is { } own && id != own.ToString(CultureInfo.InvariantCulture)))
        {
            warning = $"Ignoring LISTEN_FDS: the sockets were passed to process {pid ?? "unknown (LISTEN_PID is missing)"}, and this is "
                + $"process {processId}; start the program directly, or with the shell's exec.";
            return [];
        }

        if (!int.TryParse(fds, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > MostSockets)
        {
            warning = $"Ignoring LISTEN_FDS: it is '{fds}', not a number of sockets up to {MostSockets}.";
            return [];
        }

        var names = variable("LISTEN_FDNAMES")?.Split(':') ?? [];
        if (names.Length > 0 && names.Length != count)
        {
            warning = $"Ignoring LISTEN_FDNAMES: it has {names.Length} names, and there are {count} sockets (LISTEN_FDS).";
            names = [];
        }

        List<string?> all = [];
        for (var i = 0; i < count; i++)
        {
            // "unknown" stands for a socket without a name.
            all.Add(names.Length > 0 && names[i] is { Length: > 0 } and not "unknown" ? names[i] : null);
        }

        return all;
    }

    // Differs between processes that have had the same number, unlike LISTEN_PID.
    private static ulong? OwnDescriptorId()
    {
        try
        {
            var descriptor = OpenProcess(Environment.ProcessId, 0);
            if (descriptor < 0)
            {
                return null;
            }

            using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            const string Field = "ino:";
            foreach (var line in File.ReadLines($"/proc/self/fdinfo/{descriptor}"))
            {
                if (line.StartsWith(Field, StringComparison.Ordinal))
                {
                    return ulong.Parse(line.AsSpan(Field.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
                }
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetDescriptorFlags(int descriptor, int command, int flags);

    [DllImport("libc", EntryPoint = "pidfd_open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenProcess(int processId, uint flags);
}
