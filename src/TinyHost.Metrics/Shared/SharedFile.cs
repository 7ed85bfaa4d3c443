// Owns: making the file of a segment, which has no name: it lives as long as a process has it open or mapped.
// Source: memfd_create(2).

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TinyHost.Metrics;

internal static class SharedFile
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;

    /// <summary>Makes a file of this length, whose memory is taken as it is used. On Linux no process can change its length.</summary>
    internal static SafeFileHandle Create(long length)
    {
        var file = OperatingSystem.IsLinux() ? TryCreateInMemory() : null;
        var isSealable = file is not null;
        file ??= CreateUnlinked();
        RandomAccess.SetLength(file, length);
        if (isSealable)
        {
            // A mapped part that a worker cuts off would end its parent.
            DescriptorControl.SealLength((int)file.DangerousGetHandle());
        }

        return file;
    }

    /// <summary>Makes an empty file on a disk, and takes its name away.</summary>
    internal static SafeFileHandle CreateUnlinked()
    {
        var path = Path.GetTempFileName();
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        return file;
    }

    private static SafeFileHandle? TryCreateInMemory()
    {
        try
        {
            var descriptor = CreateInMemory(in "tinyhost-metrics\0"u8.ToArray()[0], CloseOnExec | AllowSealing);
            return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CreateInMemory(in byte name, uint flags);
}
