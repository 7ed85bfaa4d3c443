// Owns: the numbers of users and groups, and the owner and mode of a file. A symbolic link is never followed.
// Source: getpwnam_r(3), getgrnam_r(3), lchown(2), fchmodat(3).

using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace TinyHost;

internal static class UnixAccount
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint Unchanged = uint.MaxValue;
    private const int StructureSize = 256;
    private const int BufferSize = 65_536;

    private delegate int Find(byte[] name, byte[] entry, byte[] buffer, nuint size, out nint found);

    /// <summary>Gives a file to a user and a group, by name or number; null leaves either. Throws <see cref="IOException"/>.</summary>
    internal static void SetOwner(string path, string? owner, string? group)
    {
        var user = owner is null ? Unchanged : Number(owner, FindUser, "user");
        var itsGroup = group is null ? Unchanged : Number(group, FindGroup, "group");
        if (ChangeOwner(Encoding.UTF8.GetBytes(path + '\0'), user, itsGroup) != 0)
        {
            var error = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            var whom = string.Join(" and ", new[] { owner is null ? null : $"user '{owner}'", group is null ? null : $"group '{group}'" }
                .Where(name => name is not null));
            throw new IOException($"it cannot be given to {whom}: {error}");
        }
    }

    /// <summary>Sets the permissions of a file. Throws <see cref="IOException"/>.</summary>
    [UnsupportedOSPlatform("windows")]
    internal static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(path, mode);
        }
        else if (ChangeMode(CurrentDirectory, Encoding.UTF8.GetBytes(path + '\0'), (uint)mode, NoFollow) != 0)
        {
            throw new IOException($"its permissions cannot be set: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    // Both structures begin with two pointers; the number follows.
    private static uint Number(string name, Find find, string what)
    {
        if (uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        var entry = new byte[StructureSize];
        find(Encoding.UTF8.GetBytes(name + '\0'), entry, new byte[BufferSize], BufferSize, out var found);
        return found != 0 ? BitConverter.ToUInt32(entry, 2 * IntPtr.Size) : throw new IOException($"there is no {what} '{name}'");
    }

    [DllImport("libc", EntryPoint = "getpwnam_r")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FindUser(byte[] name, byte[] entry, byte[] buffer, nuint size, out nint found);

    [DllImport("libc", EntryPoint = "getgrnam_r")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FindGroup(byte[] name, byte[] entry, byte[] buffer, nuint size, out nint found);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwner(byte[] path, uint user, uint group);

    [DllImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeMode(int directory, byte[] path, uint mode, int flags);
}
