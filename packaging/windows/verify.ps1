# Installs, tries and removes what build.py made, as a person without an administrator would: verify.ps1 FOLDER
param([Parameter(Mandatory)][string] $Folder)
$ErrorActionPreference = "Stop"
$place = "$env:LOCALAPPDATA\Programs\Fireside"
$data = "$env:LOCALAPPDATA\Fireside"

function Run([string] $program, [string[]] $arguments) {
    $process = Start-Process -FilePath $program -ArgumentList $arguments -Wait -PassThru
    if ($process.ExitCode -ne 0) { throw "$program $arguments ended with $($process.ExitCode)" }
}

function Check([bool] $good, [string] $what) {
    if (-not $good) { throw "not so: $what" }
    Write-Output "  $what"
}

New-Item -ItemType Directory -Force "$data\models" | Out-Null
Set-Content "$data\models\mine.txt" "mine"

$setup = (Get-ChildItem "$Folder\*.exe").FullName
foreach ($time in "installed", "installed over it") {
    Run $setup @("/S")
    Check (Test-Path "$place\Fireside.exe") "$time"
}
& "$place\fireside-cli.exe" --selftest
Check ($LASTEXITCODE -eq 0) "it answers"
Check (Test-Path "$env:APPDATA\Microsoft\Windows\Start Menu\Programs\Fireside.lnk") "it is in the start menu"
Check ((Get-ItemProperty "HKCU:\Software\Classes\Fireside.gguf\shell\open\command").'(default)' -like "*Fireside.exe*%1*") "it opens .gguf files"
Run "$place\uninstall.exe" @("/S", "_?=$place")
Remove-Item "$place\uninstall.exe" -ErrorAction SilentlyContinue  # run in place it cannot remove itself
Check (-not (Get-ChildItem $place -Recurse -File -ErrorAction SilentlyContinue)) "it is removed to the last file"
Check (-not (Test-Path "HKCU:\Software\Microsoft\Windows\CurrentVersion\Uninstall\Fireside")) "and from the list of programs"
Check (Test-Path "$data\models\mine.txt") "what belongs to the person stays"

$package = (Get-ChildItem "$Folder\*.msi").FullName
Run "msiexec.exe" @("/i", "`"$package`"", "/qn", "/l*v", "msi.log")
& "$place\fireside-cli.exe" --selftest
Check ($LASTEXITCODE -eq 0) "the .msi's answers too"
Run "msiexec.exe" @("/x", "`"$package`"", "/qn")
Check (-not (Test-Path "$place\Fireside.exe")) "and is removed"
Check (Test-Path "$data\models\mine.txt") "what belongs to the person still stays"
