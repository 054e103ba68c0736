"""The table of commands: what the window can do, on one line each.

Menus, shortcuts, the command palette, the help page and the built-in model's training text read it.
The window binds each name to a method; a test fails when one is missing on either side.
"""

from app.core.record import record


@record
class Command:
    """One thing the user can do. `label`, `help` and `group` are English; show them through `tr`."""

    name: str
    group: str
    label: str
    help: str
    shortcut: str = ""  # portable form of QKeySequence; Ctrl is shown as ⌘ on macOS


# fmt: off
COMMANDS = (
    #        name                group            label                       help                                                          shortcut
    Command("new_chat",         "Conversation", "New conversation",         "Start an empty conversation.",                               "Ctrl+N"),
    Command("rename_chat",      "Conversation", "Rename conversation",      "Give the conversation another title.",                       "F2"),
    Command("pin_chat",         "Conversation", "Pin conversation",         "Keep the conversation at the top of the list, or let it go.", "Ctrl+D"),
    Command("delete_chat",      "Conversation", "Move conversation to trash", "It stays in the trash until you empty it.",                "Ctrl+Shift+Backspace"),
    Command("undo_delete",      "Conversation", "Undo delete",              "Bring back what was deleted last.",                          "Ctrl+Z"),
    Command("show_trash",       "Conversation", "Show trash",               "See deleted conversations, bring them back or empty the trash.", ""),
    Command("search",           "Conversation", "Search conversations",     "Find words in all titles and messages.",                     "Ctrl+Shift+F"),
    Command("next_chat",        "Conversation", "Next conversation",        "Open the next conversation in the list.",                    "Ctrl+PgDown"),
    Command("previous_chat",    "Conversation", "Previous conversation",    "Open the conversation before it in the list.",               "Ctrl+PgUp"),
    Command("system_prompt",    "Conversation", "System prompt",            "Instructions for the model in this conversation.",           "Ctrl+Shift+P"),
    Command("find",             "Conversation", "Find in conversation",     "Find words in the open conversation.",                       "Ctrl+F"),
    Command("find_next",        "Conversation", "Next match",               "Go to the next place that was found.",                       "F3"),
    Command("find_previous",    "Conversation", "Previous match",           "Go to the place before that was found.",                     "Shift+F3"),
    Command("branches",         "Conversation", "Branches",                 "See all versions of the conversation as a tree.",            "Ctrl+Shift+B"),
    Command("temporary_chat",   "Conversation", "Temporary conversation",   "Start a conversation that is never written to the disk.",    "Ctrl+Shift+N"),
    Command("move_chat",        "Conversation", "Move to folder…",          "Put the conversation into a folder, or take it out.",        "Ctrl+Shift+M"),
    Command("tag_chat",         "Conversation", "Tags and colour…",         "Give the conversation tags and a colour.",                   "Ctrl+Shift+G"),
    Command("archive_chat",     "Conversation", "Archive conversation",     "Take the conversation out of the list and keep it, or bring it back.", ""),
    Command("show_archive",     "Conversation", "Show archive",             "See archived conversations.",                                ""),
    Command("export_chat",      "Conversation", "Export conversation…",     "Save the conversation as Markdown, a web page, PDF or JSON.", "Ctrl+Shift+S"),
    Command("export_all",       "Conversation", "Export all conversations…", "Save all conversations to a folder or one file.",           ""),
    Command("import_chats",     "Conversation", "Import conversations…",    "Bring conversations from another program, or back from a file.", ""),
    Command("restore_backup",   "Conversation", "Restore a backup…",        "Go back to the conversations of an earlier day.",            ""),

    Command("send",             "Message",      "Send",                     "Send the message to the model.",                             "Ctrl+Return"),
    Command("stop",             "Message",      "Stop",                     "Stop the answer; what is there stays.",                      "Esc"),
    Command("regenerate",       "Message",      "Regenerate",               "Answer again; the earlier answer stays as a version.",       "Ctrl+R"),
    Command("regenerate_with",  "Message",     "Regenerate with another model…", "Answer again with another model; the earlier answer stays as a version.", "Ctrl+Alt+R"),
    Command("continue_answer",  "Message",      "Continue",                 "Let the model go on where the answer ended.",                "Ctrl+Shift+Return"),
    Command("edit_last",        "Message",      "Edit last message",        "Change your last message; the old version stays.",           "Ctrl+E"),
    Command("copy_answer",      "Message",      "Copy last answer",         "Copy the last answer as text.",                              "Ctrl+Shift+C"),
    Command("copy_markdown",    "Message",      "Copy as Markdown",         "Copy the selection, or the last answer, as Markdown.",       "Ctrl+Alt+C"),
    Command("quote",            "Message",      "Quote selection",          "Put the selected text into your message as a quotation.",    "Ctrl+Shift+Q"),
    Command("next_version",     "Message",      "Next version",             "Show the next version of the last answer.",                  "Alt+Right"),
    Command("previous_version", "Message",      "Previous version",         "Show the version before of the last answer.",                "Alt+Left"),
    Command("delete_message",   "Message",      "Delete last message",      "Delete the last message and what follows it, with undo.",    "Ctrl+Shift+Delete"),
    Command("pin_message",      "Message",      "Pin message",              "Mark the message that was chosen last, or the last answer, or take the mark away.", "Ctrl+Shift+D"),
    Command("note_message",     "Message",      "Note on message…",         "Write a note of your own on a message; the model does not see it.", ""),
    Command("what_was_sent",    "Message",      "What the model received",  "See the exact prompt of an answer with its tokens.",         "Ctrl+Shift+I"),
    Command("answer_details",   "Message",      "Details of the answer",    "Model, settings, times and why the answer ended.",           "Ctrl+I"),
    Command("next_question",    "Message",      "Next question",            "Go to your next message in the conversation.",               "Ctrl+Down"),
    Command("previous_question", "Message",     "Previous question",        "Go to your message before in the conversation.",             "Ctrl+Up"),

    Command("switch_model",     "Model",       "Switch model…",            "Choose another model by typing a part of its name.",         "Ctrl+M"),
    Command("models",           "Model",        "Models",                   "See, check and manage the models on this computer.",         "Ctrl+Shift+O"),
    Command("find_models",      "Model",        "Find models",              "Look for models to download: in a list that comes with Fireside, and at the Hugging Face Hub.", ""),
    Command("downloads",        "Model",        "Downloads",                "See what is being downloaded; pause it, go on, or cancel it.", ""),
    Command("open_model",       "Model",        "Open model file…",         "Choose a GGUF file on this computer.",                       "Ctrl+O"),
    Command("add_model_folder", "Model",        "Add model folder…",        "Look for models in another folder too; nothing is copied.",  ""),
    Command("model_details",    "Model",        "Model details",            "The header, licence, chat template and files of the model in use.", ""),
    Command("shrink_model",     "Model",        "Make a smaller copy…",     "Quantize a model so that it needs less memory; the original stays.", ""),
    Command("built_in_model",   "Model",        "Use the built-in model",   "Go back to the small model that comes with Fireside.",       ""),
    Command("reload_model",     "Model",        "Load model again",         "Load the model anew with the present settings.",             "Ctrl+Shift+R"),
    Command("unload_model",     "Model",        "Unload model",             "Free the memory that the model takes.",                      ""),
    Command("loading_settings", "Model",        "Loading settings",         "Context length, processor cores, graphics card and memory.", "Ctrl+Shift+L"),

    Command("palette",          "View",         "Command palette",          "Find any command by typing a part of its name.",             "Ctrl+K"),
    Command("toggle_sidebar",   "View",         "Conversation list",        "Show or hide the list on the left.",                         "Ctrl+B"),
    Command("toggle_panel",     "View",         "Sampling panel",           "Show or hide the sliders on the right.",                     "Ctrl+J"),
    Command("reset_sampling",   "View",         "Reset all sliders",        "Put every sampling parameter back to its default.",          ""),
    Command("focus_composer",   "View",         "Write a message",          "Put the cursor into the message box.",                       "Ctrl+L"),
    Command("zoom_in",          "View",         "Larger text",              "Make all text larger.",                                      "Ctrl++"),
    Command("zoom_out",         "View",         "Smaller text",             "Make all text smaller.",                                     "Ctrl+-"),
    Command("zoom_reset",       "View",         "Normal text size",         "Put the text back to its normal size.",                      "Ctrl+0"),
    Command("switch_theme",     "View",         "Light or dark",            "Change between the light and the dark theme.",               "Ctrl+Shift+T"),

    Command("preferences",      "Application",  "Preferences",              "Theme, language, text size and habits.",                     "Ctrl+,"),
    Command("help",             "Application",  "Help",                     "What the buttons, sliders and words mean.",                  "F1"),
    Command("shortcuts",        "Application",  "Keyboard shortcuts",       "All shortcuts on one page.",                                 "Ctrl+/"),
    Command("what_is_new",      "Application",  "What is new",              "What changed in each version of Fireside.",                  ""),
    Command("look_for_update",  "Application",  "Look for a new version",   "Ask once over the network whether there is a newer version of Fireside.", ""),
    Command("licences",         "Application",  "Licences",                 "Fireside's licence, and those of the libraries in it.",      ""),
    Command("about",            "Application",  "About Fireside",           "Version, licence and where your data lies.",                 ""),
    Command("quit",             "Application",  "Quit",                     "Save everything and close the window.",                      "Ctrl+Q"),
)
# fmt: on

BY_NAME = {command.name: command for command in COMMANDS}
