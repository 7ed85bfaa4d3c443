// Owns: a repair of Wine's list of exception handlers, without which the process hangs after an exception.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TinyHost.Tests.Support;

/// <summary>
/// Wine 8 puts each call of an exception handler on a list that begins in the first word of the thread's environment block. .NET resumes
/// in a catch block without returning from that call, so that the entry stays while its memory on the stack is reused, and the next
/// exception of the thread calls a random address. The list is emptied before that. Windows has no such list in 64-bit processes.
/// </summary>
internal static class WineExceptions
{
    private const nint CurrentThread = -2;
    private const nint EndOfList = -1;

    [ThreadStatic]
    private static nint s_environmentBlock;

    [ModuleInitializer]
    internal static void EmptyTheListAtEachException()
    {
        if (OperatingSystem.IsWindows() && NativeLibrary.TryGetExport(NativeLibrary.Load("ntdll"), "wine_get_version", out _))
        {
            EmptyTheList();
            AppDomain.CurrentDomain.FirstChanceException += (_, _) => EmptyTheList();
        }
    }

    private static void EmptyTheList()
    {
        if (s_environmentBlock == 0)
        {
            var information = new nint[6];
            Marshal.ThrowExceptionForHR(NtQueryInformationThread(CurrentThread, 0, information, information.Length * nint.Size, 0));
            s_environmentBlock = information[1];
        }

        Marshal.WriteIntPtr(s_environmentBlock, EndOfList);
    }

    [DllImport("ntdll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int NtQueryInformationThread(nint thread, int kind, nint[] information, int size, nint written);
}
