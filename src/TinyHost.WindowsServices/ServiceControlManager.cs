// Owns: the calls to the service control manager of Windows, and the thread on which it calls the service.
// Source: winsvc.h.

using System.ComponentModel;
using System.Runtime.InteropServices;

namespace TinyHost.WindowsServices;

internal sealed class ServiceControlManager : IServiceManager
{
    private readonly MainFunction _main;
    private readonly ControlFunction _control;
    private Action<Exception?>? _begin;
    private Func<int, int>? _handle;
    private IntPtr _status;

    internal ServiceControlManager()
    {
        // Kept here, because the system calls them as long as the process lives.
        _main = Main;
        _control = (control, eventType, data, context) => _handle!(control);
    }

    private delegate void MainFunction(int count, IntPtr arguments);

    private delegate int ControlFunction(int control, int eventType, IntPtr data, IntPtr context);

    public void Connect(Action<Exception?> begin, Func<int, int> handle)
    {
        (_begin, _handle) = (begin, handle);
#pragma warning disable RS0030 // A thread of its own: the call lasts as long as the service and would block a pool thread.
        new Thread(Dispatch) { IsBackground = true, Name = "Windows service" }.Start();
#pragma warning restore RS0030
    }

    // Fails only if the manager has gone, and then nobody asks for the status.
    public void Report(ServiceStatus status) => _ = SetServiceStatus(_status, in status);

    private void Dispatch()
    {
        // SERVICE_TABLE_ENTRY: the name, which does not matter to a service with a process of its own, and its function; then an empty one.
        var name = Marshal.StringToHGlobalUni("");
        var table = Marshal.AllocHGlobal(4 * IntPtr.Size);
        Marshal.WriteIntPtr(table, 0, name);
        Marshal.WriteIntPtr(table, IntPtr.Size, Marshal.GetFunctionPointerForDelegate(_main));
        Marshal.WriteIntPtr(table, 2 * IntPtr.Size, IntPtr.Zero);
        Marshal.WriteIntPtr(table, 3 * IntPtr.Size, IntPtr.Zero);
        try
        {
            if (StartServiceCtrlDispatcher(table) == 0)
            {
                _begin!(new Win32Exception());
            }
        }
        finally
        {
            Marshal.FreeHGlobal(table);
            Marshal.FreeHGlobal(name);
        }
    }

    private void Main(int count, IntPtr arguments)
    {
        _status = RegisterServiceCtrlHandlerEx("", Marshal.GetFunctionPointerForDelegate(_control), IntPtr.Zero);
        _begin!(_status == IntPtr.Zero ? new Win32Exception() : null);
    }

    [DllImport("advapi32", EntryPoint = "StartServiceCtrlDispatcherW", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int StartServiceCtrlDispatcher(IntPtr table);

    [DllImport("advapi32", EntryPoint = "RegisterServiceCtrlHandlerExW", CharSet = CharSet.Unicode, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern IntPtr RegisterServiceCtrlHandlerEx(string name, IntPtr handler, IntPtr context);

    [DllImport("advapi32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SetServiceStatus(IntPtr handle, in ServiceStatus status);
}
