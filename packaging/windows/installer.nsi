; The installer for Windows: for one person, without an administrator, in English and 简体中文.
; Compiled by build.py, which gives VERSION, DIST (the frozen program), OUT, LICENCE, ICON and FILES (what to install and remove).

Unicode true
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma

!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "WinVer.nsh"
!include "x64.nsh"

!define NAME "Fireside"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define CLASS "${NAME}.gguf"
!define DATA "$LOCALAPPDATA\Fireside" ; where app/core/paths.py keeps conversations and models

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL}" "InstallLocation"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} ${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_FINISHPAGE_RUN "$INSTDIR\Fireside.exe"
!define MUI_LANGDLL_REGISTRY_ROOT "HKCU"
!define MUI_LANGDLL_REGISTRY_KEY "Software\${NAME}"
!define MUI_LANGDLL_REGISTRY_VALUENAME "InstallerLanguage"
!define MUI_UNCONFIRMPAGE_TEXT_TOP "$(StaysText)"

!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES

!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"
!insertmacro MUI_RESERVEFILE_LANGDLL

LangString ProgramName ${LANG_ENGLISH} "Fireside"
LangString ProgramName ${LANG_SIMPCHINESE} "Fireside"
LangString MenuName ${LANG_ENGLISH} "Start menu"
LangString MenuName ${LANG_SIMPCHINESE} "开始菜单"
LangString DesktopName ${LANG_ENGLISH} "Desktop"
LangString DesktopName ${LANG_SIMPCHINESE} "桌面快捷方式"
LangString FilesName ${LANG_ENGLISH} "Open .gguf model files with Fireside"
LangString FilesName ${LANG_SIMPCHINESE} "用 Fireside 打开 .gguf 模型文件"
LangString FileKind ${LANG_ENGLISH} "Language model"
LangString FileKind ${LANG_SIMPCHINESE} "语言模型"
LangString Comment ${LANG_ENGLISH} "A calm desktop chat for the models on your own machine"
LangString Comment ${LANG_SIMPCHINESE} "在自己的电脑上与语言模型安静地对话"
LangString TooOld ${LANG_ENGLISH} "Fireside needs Windows 10 or newer, 64 bits."
LangString TooOld ${LANG_SIMPCHINESE} "Fireside 需要 64 位的 Windows 10 或更新的版本。"
LangString IsOpen ${LANG_ENGLISH} "Fireside is open. Close it, then try again."
LangString IsOpen ${LANG_SIMPCHINESE} "Fireside 正在运行。请先关闭它，然后重试。"
LangString StaysText ${LANG_ENGLISH} "Fireside will be removed from this folder. Your conversations and models stay in ${DATA}; delete that folder if you do not want them any more."
LangString StaysText ${LANG_SIMPCHINESE} "将从以下文件夹中删除 Fireside。你的对话和模型会保留在 ${DATA}；如果不再需要，请自行删除该文件夹。"
LangString StayedText ${LANG_ENGLISH} "Fireside was removed. Your conversations and models are still in ${DATA}."
LangString StayedText ${LANG_SIMPCHINESE} "Fireside 已删除。你的对话和模型仍在 ${DATA} 中。"

; A program that runs cannot be opened for writing.
!macro WaitUntilClosed un
Function ${un}WaitUntilClosed
    again:
    IfFileExists "$INSTDIR\Fireside.exe" 0 closed
    ClearErrors
    FileOpen $0 "$INSTDIR\Fireside.exe" a
    IfErrors 0 opened
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(IsOpen)" /SD IDCANCEL IDRETRY again
    SetErrorLevel 3
    Abort
    opened:
    FileClose $0
    closed:
FunctionEnd
!macroend
!insertmacro WaitUntilClosed ""
!insertmacro WaitUntilClosed "un."

Function .onInit
    !insertmacro MUI_LANGDLL_DISPLAY
    ${IfNot} ${RunningX64}
    ${OrIfNot} ${AtLeastWin10}
        MessageBox MB_OK|MB_ICONSTOP "$(TooOld)" /SD IDOK
        SetErrorLevel 2
        Quit
    ${EndIf}
FunctionEnd

Function un.onInit
    !insertmacro MUI_UNGETLANGUAGE
FunctionEnd

Section "$(ProgramName)" SectionProgram
    SectionIn RO
    Call WaitUntilClosed
    ; the earlier version goes file by file, so that nothing of it is left and nothing else is touched
    IfFileExists "$INSTDIR\uninstall.exe" 0 +2
        ExecWait '"$INSTDIR\uninstall.exe" /S _?=$INSTDIR'
    SetOverwrite on
    !insertmacro InstallFiles
    SetOutPath "$INSTDIR"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL}" "Publisher" "${NAME}"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\Fireside.exe"
    WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
SectionEnd

Section "$(MenuName)" SectionMenu
    CreateShortCut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\Fireside.exe" "" "" "" SW_SHOWNORMAL "" "$(Comment)"
SectionEnd

Section "$(FilesName)" SectionFiles
    WriteRegStr HKCU "Software\Classes\${CLASS}" "" "$(FileKind)"
    WriteRegStr HKCU "Software\Classes\${CLASS}\DefaultIcon" "" "$INSTDIR\Fireside.exe,0"
    WriteRegStr HKCU "Software\Classes\${CLASS}\shell\open\command" "" '"$INSTDIR\Fireside.exe" "%1"'
    WriteRegNone HKCU "Software\Classes\.gguf\OpenWithProgids" "${CLASS}"
    ReadRegStr $0 HKCR ".gguf" ""
    StrCmp $0 "" 0 +2 ; what another program has taken stays its own
        WriteRegStr HKCU "Software\Classes\.gguf" "" "${CLASS}"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

Section /o "$(DesktopName)" SectionDesktop
    CreateShortCut "$DESKTOP\${NAME}.lnk" "$INSTDIR\Fireside.exe"
SectionEnd

Section "Uninstall"
    Call un.WaitUntilClosed
    !insertmacro RemoveFiles
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR" ; only where nothing else is in it
    Delete "$SMPROGRAMS\${NAME}.lnk"
    Delete "$DESKTOP\${NAME}.lnk"
    ReadRegStr $0 HKCU "Software\Classes\.gguf" ""
    StrCmp $0 "${CLASS}" 0 +2
        DeleteRegValue HKCU "Software\Classes\.gguf" ""
    DeleteRegValue HKCU "Software\Classes\.gguf\OpenWithProgids" "${CLASS}"
    DeleteRegKey /ifempty HKCU "Software\Classes\.gguf\OpenWithProgids"
    DeleteRegKey /ifempty HKCU "Software\Classes\.gguf"
    DeleteRegKey HKCU "Software\Classes\${CLASS}"
    DeleteRegKey HKCU "${UNINSTALL}"
    DeleteRegKey HKCU "Software\${NAME}"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
    IfSilent +2
        MessageBox MB_OK|MB_ICONINFORMATION "$(StayedText)"
SectionEnd
