# A step of every build: puts what cargo has built into the form in which it is used and installed.
# Writes nothing that is the same already.

# --- Libraries, under their installed names ------------------------------------------------------

file(MAKE_DIRECTORY "${LIB}")

# copy(FROM TO): also keeps TO's time if nothing changed.
function(copy from to)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E copy_if_different "${from}" "${to}"
    RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "Cannot copy ${from} to ${to}.")
  endif()
endfunction()

copy("${BUILT_SHARED}" "${LIB}/${SHARED}")
file(CREATE_LINK "${SHARED}" "${LIB}/${SONAME}" SYMBOLIC)
file(CREATE_LINK "${SONAME}" "${LIB}/${LINK}" SYMBOLIC)

# Hides what only Rust's standard library calls by its name: see CMakeLists.txt.
set(tidied "${BUILT_STATIC}")
if(OBJCOPY)
  set(tidied "${BUILT_STATIC}.tidied")
  execute_process(COMMAND "${OBJCOPY}" --enable-deterministic-archives --wildcard
    --localize-symbol=rust_eh_personality "--localize-symbol=_RN*" "--localize-symbol=_ZN3std*"
    "${BUILT_STATIC}" "${tidied}" RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${OBJCOPY} cannot rewrite ${BUILT_STATIC}.")
  endif()
endif()
copy("${tidied}" "${LIB}/${STATIC}")

# --- Package files, with the libraries that rustc asks for ---------------------------------------

file(READ "${NATIVE_LIBRARIES}" HTTPCLIENT_NATIVE_LIBRARIES)
string(STRIP "${HTTPCLIENT_NATIVE_LIBRARIES}" HTTPCLIENT_NATIVE_LIBRARIES)
foreach(file IN ITEMS httpclient.pc httpclientConfig.cmake)
  configure_file("${TEMPLATES}/${file}" "${PACKAGE}/${file}" @ONLY)
endforeach()
